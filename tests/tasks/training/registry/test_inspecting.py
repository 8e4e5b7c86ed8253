from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from tasks.contracts.errors import BadInput
from tasks.training.registry import inspecting
from tasks.training.registry.inspecting import files_of
from tasks.training.registry.manifest import CONFIG, WEIGHTS
from tests.tasks.training.adapters import trained


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An adapter as a training leaves it."""
    return trained(tmp_path / "adapter")


def test_what_a_training_leaves_is_let_in(folder: Path) -> None:
    assert set(files_of(folder)) == {WEIGHTS, CONFIG, "README.md"}


@pytest.mark.parametrize("name", ["adapter_model.bin", "optimizer.pt", "x.pkl", "x.pickle", "x.pth", "last.ckpt"])
def test_pickles_are_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(BadInput, match=f"{name} may be a pickle"):
        files_of(folder)


def test_a_pickle_that_is_called_safetensors_is_refused(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(pickle.dumps({"a": [1] * 100}))
    with pytest.raises(BadInput, match=f"{WEIGHTS} is not what its name says"):
        files_of(folder)


def test_weights_that_were_cut_are_refused(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-1])
    with pytest.raises(BadInput, match=f"{WEIGHTS} is not what its name says"):
        files_of(folder)


@pytest.mark.parametrize("name", ["run.py", "chat.sh", ".env", "manifest.json", "adapter_model.safetensors.bak"])
def test_what_is_no_part_of_an_adapter_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("x", encoding="utf-8")
    with pytest.raises(BadInput, match="is no part of an adapter"):
        files_of(folder)


def test_a_link_to_somewhere_else_is_refused(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x", encoding="utf-8")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(secret)
    with pytest.raises(BadInput, match=r"README\.md is no file of its own"):
        files_of(folder)


def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "vocab.json").mkdir()
    with pytest.raises(BadInput, match=r"vocab\.json is no file of its own"):
        files_of(folder)


def test_what_is_larger_than_an_adapter_is_refused(folder: Path) -> None:
    os.truncate(folder / "README.md", inspecting.MOST_TEXT_BYTES + 1)  # a hole: it takes no room
    with pytest.raises(BadInput, match=r"README\.md has 67108865 bytes where 67108864 are the most"):
        files_of(folder)


@pytest.mark.parametrize("missing", [WEIGHTS, CONFIG])
def test_half_an_adapter_is_refused(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(BadInput, match=f"{missing} is missing"):
        files_of(folder)


@pytest.mark.parametrize(("told", "why"), [("{", "is no JSON"), (json.dumps({"peft_type": "IA3"}), "LoRA adapter")])
def test_a_config_of_something_else_is_refused(folder: Path, told: str, why: str) -> None:
    (folder / CONFIG).write_text(told, encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        files_of(folder)


def test_a_folder_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        files_of(tmp_path / "nowhere")
