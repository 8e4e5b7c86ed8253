"""Reads what tensors a checkpoint folder holds, and what they are as a whole. Safetensors only: nothing is run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from tasks.contracts.errors import ConfigurationError

PATTERN = "*.safetensors"
LENGTH_BYTES = 8
MOST_HEADER_BYTES = 100_000_000  # as safetensors itself has it
CHUNK_BYTES = 1 << 22
NEXT_STEP = "name a checkpoint folder with .safetensors files, as transformers writes it"


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a tensor is: in which file, from which byte to which."""

    dtype: str
    shape: tuple[int, ...]
    file: Path
    begin: int
    end: int


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by their names, in whichever files they lie.

    Raises ConfigurationError where there are none, or a file is no safetensors file.
    """
    found: dict[str, Tensor] = {}
    for file in sorted(folder.glob(PATTERN)):
        found |= _header(file)
    if not found:
        raise ConfigurationError(f"{folder} holds no weights that can be trained on", next_step=NEXT_STEP)
    return dict(sorted(found.items()))


def parameters(tensors: Mapping[str, Tensor]) -> int:
    """Return how many numbers they are together."""
    return sum(prod(each.shape) for each in tensors.values())


def weights_sha256(tensors: Mapping[str, Tensor]) -> str:
    """Return what these weights are: equal for equal tensors, however they are divided into files.

    Raises ConfigurationError where a file cannot be read.
    """
    digest = hashlib.sha256()
    for name, each in sorted(tensors.items()):
        digest.update(f"{name}\0{each.dtype}\0{each.shape}\0".encode())
        try:
            with each.file.open("rb") as opened:
                opened.seek(each.begin)
                left = each.end - each.begin
                while left and (chunk := opened.read(min(left, CHUNK_BYTES))):
                    digest.update(chunk)
                    left -= len(chunk)
        except OSError as exc:
            raise ConfigurationError(f"{each.file} could not be read: {exc.strerror}", next_step=NEXT_STEP) from exc
        if left:
            raise ConfigurationError(f"{each.file} ends within {name}", next_step="copy it anew, it is not whole")
    return digest.hexdigest()


def _header(file: Path) -> dict[str, Tensor]:
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(LENGTH_BYTES), "little")
            header = json.loads(opened.read(min(length, MOST_HEADER_BYTES)))
        start = LENGTH_BYTES + length
        return {
            name: Tensor(part["dtype"], tuple(part["shape"]), file, *(start + place for place in part["data_offsets"]))
            for name, part in header.items()
            if name != "__metadata__"
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ConfigurationError(f"{file} is no safetensors file: {exc}", next_step=NEXT_STEP) from exc
