"""What the head of a GGUF file says of its model, as far as it must be known before llama.cpp loads it.

The gguf package would read all of it, vocabulary and tensors too, and bring numpy: a second of a child's start.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from tasks.contracts.errors import BadInput

MAGIC = b"GGUF"
UNSIGNED, TEXT, ARRAY = 4, 8, 9  # kinds of values: an unsigned number of 32 bits, a text, an array
FIXED_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, UNSIGNED: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
MAX_TEXT_BYTES = 1024 * 1024
#: Where these begin, what a model is has been said: it is written in this order, and the vocabulary is long.
ENOUGH = "tokenizer."
ARCHITECTURE, POOLING = "general.architecture", "pooling_type"
NO_POOLING = 0
#: Kinds of models that read and never write, whether or not their file says how they are pooled.
ENCODERS = frozenset(
    {"bert", "modern-bert", "neo-bert", "eurobert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3"}
    | {"gemma-embedding", "t5encoder", "llama-embed"}
)


def embeds(path: Path) -> bool:
    """Return whether the model in a GGUF file is made to embed, and not to talk.

    Raises:
        BadInput: the file is none, or cut off.
    """
    said = read_head(path)
    architecture = said.get(ARCHITECTURE, "")
    return architecture in ENCODERS or said.get(f"{architecture}.{POOLING}", NO_POOLING) != NO_POOLING


def read_head(path: Path) -> dict[str, str | int]:
    """Return the texts and whole numbers before the vocabulary. Raises as `embeds` does."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (struct.error, UnicodeDecodeError, KeyError, ValueError, OverflowError) as exc:
        raise BadInput(f"{path} is no whole GGUF file", next_step="convert or download the model again") from exc
    except OSError as exc:
        raise BadInput(f"{path}: {exc.strerror}", next_step="give the path of a readable GGUF file") from exc


def _read(file: BinaryIO) -> dict[str, str | int]:
    magic, _version, _tensors, pairs = struct.unpack("<4sIQQ", file.read(24))
    if magic != MAGIC:
        raise ValueError(magic)
    said: dict[str, str | int] = {}
    for _ in range(pairs):
        name = _text(file)
        if name.startswith(ENOUGH):
            break
        kind = _number(file, "<I")
        if kind == TEXT:
            said[name] = _text(file)
        elif kind == UNSIGNED:
            said[name] = _number(file, "<I")
        else:
            _skip(file, kind)
    return said


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == TEXT:
        _text(file)
    elif kind != ARRAY:
        file.seek(FIXED_BYTES[kind], 1)
    else:
        each, count = _number(file, "<I"), _number(file, "<Q")
        if each in FIXED_BYTES:
            file.seek(FIXED_BYTES[each] * count, 1)
            return
        for _ in range(count):
            _skip(file, each)


def _text(file: BinaryIO) -> str:
    length = _number(file, "<Q")
    if length > MAX_TEXT_BYTES:
        raise ValueError(length)
    read = file.read(length)
    if len(read) < length:
        raise ValueError(length)
    return read.decode()


def _number(file: BinaryIO, form: str) -> int:
    number: int = struct.unpack(form, file.read(struct.calcsize(form)))[0]
    return number
