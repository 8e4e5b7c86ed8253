"""Where the engine of a model is now: a file by which an agent tells its worker that another one took its place."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from tasks.contracts.atomic import write_whole

DIGEST_CHARS = 8
FOR_ITS_OWNER = 0o600


def told_in(folder: Path, slug: str) -> Path:
    """Return the file of one model in the folder of its host."""
    return folder / f"{slug}.engine"


def tell(file: Path, engine: str) -> None:
    """Have whoever reads this use `engine` for what begins from now on; it is what `open_engine` takes."""
    write_whole(file, engine, mode=FOR_ITS_OWNER)


def forget(file: Path) -> None:
    """Have the engine count that the worker was started with."""
    file.unlink(missing_ok=True)


def read(file: Path) -> str:
    """Return what was told; empty where nothing was."""
    with suppress(FileNotFoundError):
        return file.read_text("utf-8")
    return ""


def lock_of(file: Path, engine: str) -> Path:
    """Return the file that is locked while somebody uses this very engine."""
    return file.with_name(f"{file.name}.{hashlib.sha256(engine.encode()).hexdigest()[:DIGEST_CHARS]}.inuse")
