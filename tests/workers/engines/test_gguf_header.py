from __future__ import annotations

from pathlib import Path

import gguf
import pytest

from tasks.contracts.errors import BadInput
from tests.tiny_model import write_tiny_gguf
from workers.engines.gguf_header import embeds, read_head

TOKENS = ["a", "b"]


def written(path: Path, architecture: str, pooling: gguf.PoolingType | None = None) -> Path:
    """Write the head of a model: values of every kind, a list of each, and a vocabulary at the end."""
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_array("odd.texts", ["x", "yy"])
    writer.add_array("odd.numbers", [1, 2, 3])
    writer.add_float64("odd.double", 0.5)
    writer.add_bool("odd.truth", val=True)
    writer.add_uint64("odd.long", 2**40)
    writer.add_int8("odd.short", -1)
    if pooling is not None:
        writer.add_pooling_type(pooling)
    writer.add_token_list(TOKENS)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("architecture", "pooling", "is_made_to"),
    [
        ("llama", None, False),
        ("llama", gguf.PoolingType.NONE, False),
        ("qwen3", gguf.PoolingType.LAST, True),
        ("bert", gguf.PoolingType.MEAN, True),
        ("bert", None, True),
    ],
)
def test_a_model_that_is_pooled_or_an_encoder_is_made_to_embed(
    tmp_path: Path, architecture: str, pooling: gguf.PoolingType | None, is_made_to: bool
) -> None:
    assert embeds(written(tmp_path / "m.gguf", architecture, pooling)) is is_made_to


def test_the_head_of_a_model_is_read_up_to_its_vocabulary(tmp_path: Path) -> None:
    said = read_head(write_tiny_gguf(tmp_path / "m.gguf", 1))
    assert (said["general.architecture"], said["general.name"], said["llama.block_count"]) == ("llama", "tiny-1", 2)
    assert not any(name.startswith("tokenizer") for name in said)


@pytest.mark.parametrize("length", [0, 3, 23, 60, 100, 150])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, length: int) -> None:
    whole = written(tmp_path / "whole.gguf", "llama", gguf.PoolingType.MEAN).read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole[:length])
    with pytest.raises(BadInput, match="no whole GGUF file"):
        embeds(cut)


def test_what_is_no_gguf_or_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_bytes(b"<html>" + bytes(100))
    for name in ("page.gguf", "gone.gguf"):
        with pytest.raises(BadInput, match=name):
            embeds(tmp_path / name)


def test_a_length_beyond_reason_is_not_read(tmp_path: Path) -> None:
    head = b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little")
    (tmp_path / "odd.gguf").write_bytes(head + (2**62).to_bytes(8, "little"))
    with pytest.raises(BadInput):
        embeds(tmp_path / "odd.gguf")
