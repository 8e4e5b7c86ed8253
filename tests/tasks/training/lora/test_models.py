"""How a base is asked for: from this machine alone, as safetensors, and in four bits where that was decided."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError, OutOfMemory
from tasks.training.lora.bases import Base
from tasks.training.lora.device import Device, Kind

CARD = Device(kind=Kind.CUDA, name="a card", weights="nf4", compute="bfloat16", optimizer="paged_adamw_8bit")


def asked(monkeypatch: pytest.MonkeyPatch, device: Device) -> dict[str, Any]:
    """Return how transformers is asked for a base."""
    import transformers

    from tasks.training.lora import models

    found: dict[str, Any] = {}
    monkeypatch.setattr(
        transformers.AutoModelForCausalLM, "from_pretrained", lambda _folder, **options: found.update(options)
    )
    models.load_base("base", device)
    return found


def test_four_bits_are_asked_for_by_a_config_and_not_by_the_word_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "0.50.2" if name == "bitsandbytes" else version(name)
    )
    options = asked(monkeypatch, CARD)
    config = options["quantization_config"]
    assert (config.load_in_4bit, config.bnb_4bit_quant_type, config.bnb_4bit_use_double_quant) == (True, "nf4", True)
    assert config.bnb_4bit_compute_dtype == torch.bfloat16
    assert "load_in_4bit" not in options


def test_nothing_is_fetched_and_no_code_of_a_folder_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    options = asked(monkeypatch, CARD.model_copy(update={"weights": "bfloat16"}))
    assert (options["local_files_only"], options["trust_remote_code"], options["use_safetensors"]) == (
        True,
        False,
        True,
    )
    assert "quantization_config" not in options


def test_a_folder_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    from tasks.training.lora.models import load_base
    from tests.tasks.training.lora.tiny_base import CPU

    (tmp_path / "config.json").write_text('{"model_type": "mine", "auto_map": {"AutoModelForCausalLM": "mine.Model"}}')
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ConfigurationError, match="could not be loaded for training"):
        load_base(str(tmp_path), CPU)
    assert not (tmp_path / "ran").exists()


def test_a_device_without_memory_says_what_to_make_smaller(base: Base) -> None:
    import torch

    from tasks.training.lora.models import within_memory

    with pytest.raises(OutOfMemory, match=r"training\.batch"), within_memory(base.folder):
        raise torch.OutOfMemoryError
