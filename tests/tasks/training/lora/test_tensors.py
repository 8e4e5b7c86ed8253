"""What weights are as a whole, whatever files they lie in; nothing but safetensors is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tasks.contracts.errors import ConfigurationError
from tasks.training.lora.tensors import parameters, read_tensors, weights_sha256

WEIGHTS = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b.weight": np.ones(4, dtype=np.float16)}


def written(folder: Path, *files: dict[str, np.ndarray]) -> Path:
    folder.mkdir(exist_ok=True)
    for number, tensors in enumerate(files):
        save_file(tensors, folder / f"model-{number}.safetensors")
    return folder


def digest(folder: Path) -> str:
    return weights_sha256(read_tensors(folder))


def test_equal_weights_are_the_same_base_in_one_file_and_in_two(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", WEIGHTS)
    parts = written(tmp_path / "parts", *({name: value} for name, value in reversed(WEIGHTS.items())))
    assert digest(whole) == digest(parts)


@pytest.mark.parametrize(
    "other",
    [
        {**WEIGHTS, "b.weight": np.full(4, 1.001, dtype=np.float16)},
        {**WEIGHTS, "b.weight": np.ones(4, dtype=np.float32)},
        {**WEIGHTS, "a.weight": WEIGHTS["a.weight"].reshape(3, 2)},
        {"a.weight": WEIGHTS["a.weight"], "c.weight": WEIGHTS["b.weight"]},
    ],
    ids=["a number", "a type", "a shape", "a name"],
)
def test_whatever_differs_makes_another_base(tmp_path: Path, other: dict[str, np.ndarray]) -> None:
    assert digest(written(tmp_path / "one", WEIGHTS)) != digest(written(tmp_path / "other", other))


def test_numbers_are_counted(tmp_path: Path) -> None:
    assert parameters(read_tensors(written(tmp_path, WEIGHTS))) == 10


def test_a_folder_with_pickles_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ConfigurationError, match=r"holds no weights.*\.safetensors"):
        read_tensors(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x10\0\0\0\0\0\0\0{}", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]"])
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ConfigurationError):
        read_tensors(tmp_path)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    file = next(written(tmp_path, WEIGHTS).iterdir())
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(ConfigurationError, match="ends within"):
        digest(tmp_path)
