"""The folders that a running flock writes to: made where they are missing, and nothing that is there is touched."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings

#: For what holds people's words, passwords or tokens.
PRIVATE = 0o700
#: For the rest: what the umask leaves.
ORDINARY = 0o777

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Folder:
    """A folder of the flock: where, for what, under which key of the file, and who may look into it."""

    path: Path
    key: str
    mode: int = ORDINARY
    written: bool = True
    """Of no use where it cannot be written to; models may lie on a disk that is read-only on purpose."""


def folders_of(settings: Settings) -> tuple[Folder, ...]:
    """Return what a flock needs, parents first."""
    data = settings.data_dir
    return (
        Folder(data, "data.dir", PRIVATE),
        Folder(data / "discord", "data.dir", PRIVATE),
        Folder(data / "personalities", "data.dir", PRIVATE),
        Folder(settings.logs_dir, "data.logs"),
        Folder(settings.models_dir, "data.models", written=False),
        Folder(settings.debug_dir, "data.debug", PRIVATE),
    )


def data_of(settings: Settings) -> tuple[Folder, ...]:
    """Return what a single process needs, whose other folders may be on other machines."""
    return folders_of(settings)[:1]


def make(folders: tuple[Folder, ...]) -> list[Path]:
    """Make what is missing, see that each can be written to, and return what was made.

    What is there keeps its owner, mode and content, so this may be called at every start, by several at once.

    Raises:
        ConfigurationError: one line for each folder that cannot be made or written to.
    """
    made, problems = [], []
    for folder in folders:
        try:
            if _make(folder):
                made.append(folder.path)
            if folder.written:
                _try_out(folder.path)
        except OSError as exc:
            problems.append((folder, exc))
    if problems:
        raise ConfigurationError(
            "\n".join(f"{folder.key}: {folder.path}: {_why(exc)}" for folder, exc in problems),
            next_step=_advice({exc.errno for _, exc in problems}),
        )
    return made


def _make(folder: Folder) -> bool:
    """Make the folder with its mode from the first moment, and return whether it was missing."""
    folder.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.path.mkdir(mode=folder.mode)
    except FileExistsError:
        if not folder.path.is_dir():
            raise
        return False
    return True


def _try_out(path: Path) -> None:
    """Write a byte, for a full or read-only disk says so only then."""
    with _scratch(path) as file:
        os.write(file, b"\n")


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[int]:
    file, name = tempfile.mkstemp(prefix=".rookery-", dir=folder)
    try:
        yield file
    finally:
        os.close(file)
        os.unlink(name)


def _why(exc: OSError) -> str:
    return "there is a file in its place" if exc.errno == errno.EEXIST else f"cannot be used: {exc.strerror}"


def _advice(numbers: set[int | None]) -> str:
    if numbers <= _NO_ROOM:
        return "make room on that disk, or name other folders under [data] in rookery.toml"
    return "name folders that can be written to under [data] in rookery.toml, or let the user that runs Rookery write"
