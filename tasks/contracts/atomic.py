"""Files that are there whole or not at all, after a power cut too."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o666) -> None:
    """Put `content` in the place of `path`; whoever reads it meanwhile sees the old or the new, never a part.

    Raises OSError when it could not be written; then `path` is as it was.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    data = content.encode() if isinstance(content, str) else content
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, told: object) -> None:
    """Put a value as JSON in the place of `path`, as `write_whole` does: equal values as equal bytes, in lines.

    Raises:
        OSError: it could not be written.
        ValueError, TypeError: JSON has no such value, a number that is none among them.
    """
    write_whole(path, json.dumps(told, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def sync(path: Path) -> None:
    """Have what is in a file outlast a power cut."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Have names that came and went in a folder outlast a power cut."""
    _sync(folder, os.O_RDONLY)


def _sync(path: Path, how: int) -> None:
    handle = os.open(path, how)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
