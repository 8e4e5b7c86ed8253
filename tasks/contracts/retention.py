"""What is written down must end somewhere: folders of logs and of prompts keep to a size, and the oldest goes first."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

MIB = 2**20
#: A log that was put aside when it was full, such as `web.log.2`.
PUT_ASIDE = re.compile(r".+\.log\.\d+")


class Kept(NamedTuple):
    """A file, its size, and when it was last written to (seconds since 1970)."""

    path: Path
    size_bytes: int
    written_s: float


def excess(files: Iterable[Kept], total_bytes: int) -> list[Path]:
    """Return the files that must go so that the rest fit: those put aside before those at work, then the oldest.

    >>> old, new = Kept(Path("a.log.1"), 6, 1.0), Kept(Path("a.log"), 6, 0.0)
    >>> [path.name for path in excess([old, new], 10)]
    ['a.log.1']
    """
    found = list(files)
    over = sum(kept.size_bytes for kept in found) - total_bytes
    goes = []
    for kept in sorted(found, key=lambda kept: (not _is_put_aside(kept.path), kept.written_s)):
        if over <= 0:
            break
        if kept.size_bytes:
            goes.append(kept.path)
            over -= kept.size_bytes
    return goes


def keep_logs(folder: Path, total_bytes: int) -> None:
    """Keep the logs in and below `folder` to `total_bytes`; one that is being written to is emptied, not taken away."""
    for path in excess(_files(folder, "*.log*"), total_bytes):
        with contextlib.suppress(OSError):  # another process that does the same may have been first
            path.unlink() if _is_put_aside(path) else os.truncate(path, 0)


def keep_files(folder: Path, pattern: str, total_bytes: int) -> None:
    """Keep the files of that name in `folder` to `total_bytes`."""
    for path in excess(_files(folder, pattern), total_bytes):
        path.unlink(missing_ok=True)


def _files(folder: Path, pattern: str) -> list[Kept]:
    found = []
    for path in folder.rglob(pattern):
        with contextlib.suppress(OSError):
            if path.is_file() and not path.is_symlink():
                about = path.stat()
                found.append(Kept(path, about.st_size, about.st_mtime))
    return found


def _is_put_aside(path: Path) -> bool:
    return bool(PUT_ASIDE.fullmatch(path.name))
