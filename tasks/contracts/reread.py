"""Small files that are read again only when they have changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

Fingerprint = tuple[int, int, int]
MISSING: Fingerprint = (0, 0, 0)


def fingerprint(file: str | os.PathLike[str] | os.DirEntry[str]) -> Fingerprint:
    """Return what changes when a file does, without a look into it."""
    try:
        stat = file.stat() if isinstance(file, os.DirEntry) else os.stat(file)
    except (OSError, ValueError):  # a ValueError: what no file can be called
        return MISSING
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


class Reread(Generic[T]):
    """What was read from files. `read` takes one that is there; what it raises is raised, and nothing is kept."""

    def __init__(self, read: Callable[[Path], T]) -> None:
        self._read = read
        self._kept: dict[Path, tuple[Fingerprint, T]] = {}

    def get(self, file: Path, seen: Fingerprint) -> T:
        """Return what is in the file that was seen so, from memory where it was read when it looked the same."""
        kept = self._kept.get(file)
        if kept is None or kept[0] != seen:
            kept = self._kept[file] = (seen, self._read(file))
        return kept[1]

    def keep_only(self, files: Iterable[Path]) -> None:
        """Forget every other file."""
        left = set(files)
        self._kept = {file: kept for file, kept in self._kept.items() if file in left}
