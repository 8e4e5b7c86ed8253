"""What a registry is kept on, whatever that is. Paths are relative and have slashes; what is written is whole."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from tasks.contracts.errors import RetryableError

CHUNK_BYTES = 1 << 20
HIDDEN = "."
"""How names begin that nobody lists: what is being written, or taken away."""


class Shelf(Protocol):
    """What a registry asks of its store. Every method raises RetryableError where the store does not answer."""

    @property
    def local(self) -> Path | None:
        """The folder that it is, on this machine; None: it is elsewhere."""
        ...

    def read(self, path: str) -> bytes:
        """Return what a file holds. Raises FileNotFoundError."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Put `data` in the place of a file."""
        ...

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that must not be there yet; False: it is. Of several at once, one hears True."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return what is in a folder, sorted; nothing where it is missing."""
        ...

    def facts(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 and the size of a file. Raises FileNotFoundError."""
        ...

    def add(self, folder: str, files: Mapping[str, Path], last: str, check: Callable[[str, str], None]) -> None:
        """Copy files, have each checked where it is now (path, name), then have the folder be there, all at once.

        Nothing happens where it is there already. Without `last` it does not count as being there.
        """
        ...

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file to this machine. Raises FileNotFoundError."""
        ...

    def remove(self, folder: str, first: str) -> None:
        """Take a folder away, beginning with the file without which it does not count."""
        ...


def facts_of(file: Any) -> tuple[str, int]:
    """Return the SHA-256 and the size of what an open file holds."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


@contextlib.contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what a store raises into an error of ours; that a file is missing is for whoever asked for it."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise RetryableError(
            f"the adapters at {where} cannot be read or written: {exc}",
            next_step="`adapters` in [training] of rookery.toml says where they are; what is served stays as it is",
        ) from exc
