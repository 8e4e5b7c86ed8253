"""The weights of a model, out of a file of safetensors, without a copy of it in memory.

The file is mapped: what is never looked at takes no memory, and what is may be dropped and read again by the kernel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.contracts.errors import ConfigurationError

LENGTH_BYTES = 8
LONGEST_HEAD = 100_000_000  # bytes: the format's own bound
KINDS = {"F32": "<f4", "F16": "<f2"}
Numbers = NDArray[np.float32]


def weights_in(path: Path) -> dict[str, Numbers]:
    """Return the weights in a file by their names; those of 32 bits are the file itself, read-only.

    Raises:
        ConfigurationError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            head: Mapping[str, Any] = json.loads(file.read(min(length, LONGEST_HEAD)))
        data = np.memmap(path, mode="r", offset=LENGTH_BYTES + length)
        return {name: _numbers(data, said) for name, said in head.items() if said.get("dtype") in KINDS}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ConfigurationError(
            f"the weights in {path} cannot be read: {str(exc)[:200]}",
            next_step="put the whole model there again, with its weights as safetensors of 32 or 16 bits",
        ) from exc


def _numbers(data: NDArray[np.uint8], said: Mapping[str, Any]) -> Numbers:
    begin, end = said["data_offsets"]
    found = data[begin:end].view(KINDS[said["dtype"]]).reshape(said["shape"])
    return found.astype(np.float32, copy=False)
