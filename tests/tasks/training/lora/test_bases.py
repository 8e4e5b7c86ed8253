"""Which checkpoint a model is trained on, and when there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tasks.contracts.entries import Model
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings, load
from tasks.training.lora.bases import INNER, SMALL, TARGETS, base_of, read_base, targets_of
from tasks.training.runs.spec import no_weights

CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 4,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "vocab_size": 16,
    "max_position_embeddings": 64,
}


def checkpoint(folder: Path, targets: tuple[str, ...] = TARGETS, **config: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    names = [f"model.layers.0.self_attn.{target}.weight" for target in targets]
    save_file({name: np.ones((4, 4), dtype=np.float32) for name in names}, folder / "model.safetensors")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "rookery.toml").write_text("")
    return load(tmp_path / "rookery.toml", {})


def test_a_checkpoint_that_is_named_is_what_is_trained_on_and_begins_where_the_file_of_settings_lies(
    tmp_path: Path, settings: Settings
) -> None:
    checkpoint(tmp_path / "models" / "tiny")
    base = base_of(Model(name="tiny", gguf="tiny.gguf", checkpoint="models/tiny"), settings, no_weights)
    assert (base.source, base.parameters, base.hidden, base.layers) == ("checkpoint", 64, 4, 1)
    assert base.sha256 == read_base("another name", tmp_path / "models" / "tiny").sha256


def test_a_model_that_only_a_server_has_cannot_be_trained(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"no weights on this machine.*checkpoint"):
        base_of(Model(name="far", aliases={"ollama": "far:8b"}), settings, no_weights)


def test_a_model_whose_layers_an_adapter_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="it has no k_proj"):
        read_base("odd", checkpoint(tmp_path / "odd", ("q_proj", "v_proj", "o_proj")))


@pytest.mark.parametrize("wrong", [{"hidden_size": "wide"}, {"vocab_size": 0}, {"num_hidden_layers": None}])
def test_a_config_without_a_shape_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        read_base("odd", checkpoint(tmp_path / "odd", **wrong))


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.json"):
        read_base("odd", tmp_path)


def test_the_shape_of_a_model_that_also_sees_is_that_of_its_language_part(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "sees", hidden_size=99, text_config=CONFIG)
    assert read_base("sees", folder).hidden == 4


def test_of_a_small_base_all_layers_are_changed_and_of_a_large_one_attention(tmp_path: Path) -> None:
    small = read_base("small", checkpoint(tmp_path / "small", (*TARGETS, *INNER)))
    large = small.model_copy(update={"parameters": SMALL})
    assert targets_of(small, "auto") == targets_of(large, "all") == (*TARGETS, *INNER)
    assert targets_of(large, "auto") == targets_of(small, "attention") == TARGETS


def test_inner_layers_of_other_names_stay_as_they_are(tmp_path: Path) -> None:
    assert targets_of(read_base("odd", checkpoint(tmp_path / "odd")), "all") == TARGETS
