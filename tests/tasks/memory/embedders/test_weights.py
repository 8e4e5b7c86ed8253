from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tasks.contracts.errors import ConfigurationError
from tasks.memory.embedders.weights import weights_in


def test_weights_are_read_from_where_they_lie(tmp_path: Path):
    kept = {"wide": np.arange(6, dtype=np.float32).reshape(2, 3), "ids": np.arange(4), "half": np.ones(2, np.float16)}
    save_file(kept, tmp_path / "model.safetensors")
    found = weights_in(tmp_path / "model.safetensors")
    assert found.keys() == {"wide", "half"}, "numbers that are no weights are left"
    assert np.array_equal(found["wide"], kept["wide"])
    assert not found["wide"].flags.writeable, "it is the file itself"
    assert (found["half"].dtype, found["half"].tolist()) == (np.float32, [1.0, 1.0])


@pytest.mark.parametrize(
    "content", [b"", b"no", b"\xff" * 100, (2).to_bytes(8, "little") + b"[]", (9).to_bytes(8, "little") + b'{"a":"b"}']
)
def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path, content: bytes):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        weights_in(path)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path):
    path = tmp_path / "model.safetensors"
    save_file({"wide": np.zeros(1000, np.float32)}, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ConfigurationError, match="cannot be read"):
        weights_in(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        weights_in(tmp_path / "model.safetensors")
