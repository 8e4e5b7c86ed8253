"""Writes what a training came to: the adapter as PEFT lays it out, its card, and the figures. Twice is as once."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.contracts.atomic import sync, sync_folder, write_whole
from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import ConfigurationError
from tasks.training.lora.bases import Base
from tasks.training.lora.card import card
from tasks.training.lora.checkpoints import Checkpoint
from tasks.training.lora.device import Device
from tasks.training.lora.figures import FILE, Figures, points, read_figures
from tasks.training.lora.tensors import parameters, read_tensors

ADAPTER, WEIGHTS, SETTINGS, CARD = "adapter", "adapter_model.safetensors", "adapter_config.json", "README.md"
STATE = "trainer_state.json"  # the Trainer's
#: Of the base, that what it reads lies beside what it says.
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json")
PACKAGES = ("torch", "transformers", "peft")


def finished(out: Path) -> Figures | None:
    """Return what is already there of a training that was over; None: it is not, or not whole."""
    try:
        figures = read_figures(out)
        whole = file_sha256(out / ADAPTER / WEIGHTS) == figures.adapter_sha256
    except (ConfigurationError, OSError):
        return None
    return figures if whole else None


def finish(
    out: Path, last: Checkpoint, base: Base, device: Device, *, persona: str, planned_steps: int, **known: Any
) -> Figures:
    """Write adapter, card and, last of all, figures to `out`; return the figures.

    Args:
        out: the folder of the training.
        last: the checkpoint that it ended with.
        base: what it was trained on.
        device: how it was trained.
        persona: whose adapter it is.
        planned_steps: how long it was to be.
        known: `data_sha256` and `samples`, as the figures have them.
    """
    adapter = out / ADAPTER
    shutil.rmtree(adapter, ignore_errors=True)
    adapter.mkdir()
    shutil.copyfile(last.folder / WEIGHTS, adapter / WEIGHTS)
    settings = json.loads((last.folder / SETTINGS).read_text("utf-8"))
    write_whole(adapter / SETTINGS, plain_settings(settings, base))
    for name in TOKENIZER_FILES:
        if (Path(base.folder) / name).is_file():
            shutil.copyfile(Path(base.folder) / name, adapter / name)
    state = json.loads((last.folder / STATE).read_text("utf-8"))
    figures = Figures(
        model=base.model,
        base_sha256=base.sha256,
        adapter_sha256=file_sha256(adapter / WEIGHTS),
        steps=last.seal.step,
        planned_steps=planned_steps,
        end=last.seal.end,
        tokens=int(state["num_input_tokens_seen"]),
        seconds=round(last.seal.spent_s, 1),
        trainable=parameters(read_tensors(adapter)),
        parameters=base.parameters,
        device=device,
        curve=points(state["log_history"]),
        versions={name: importlib.metadata.version(name) for name in PACKAGES},
        **known,
    )
    write_whole(adapter / CARD, card(persona, figures, settings["r"], settings["lora_alpha"]))
    for path in adapter.iterdir():
        sync(path)
    sync_folder(adapter)
    write_whole(out / FILE, figures.model_dump_json(indent=1))
    return figures


def plain_settings(settings: Mapping[str, Any], base: Base) -> str:
    """Return peft's settings of an adapter, with its base named by what it is and not by where it lay: always alike."""
    named = {**settings, "base_model_name_or_path": f"{base.model} sha256:{base.sha256}"}
    if isinstance(targets := named.get("target_modules"), list):
        named["target_modules"] = sorted(targets)  # a set, and so in any order
    return json.dumps(named, indent=2, sort_keys=True) + "\n"
