"""The folder of memories within this process: who owns it, which part of it is in force, what is safe on its disk."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import TextIO

from tasks.contracts.atomic import sync, sync_folder, write_whole
from tasks.contracts.errors import ConfigurationError, MemoryFull, MemoryLocked

LOCK, SHARD, CURRENT, DIMENSION = "owner.lock", "shard", "current", "dimension"
WAL = "wal"
INDEXING = "indexing-"  # begins the names of copies that are given a graph
GONE = ".gone"
MIB = 1 << 20
BLOCK = 512  # bytes, whatever the disk calls one
LEAST_FREE = 128 * MIB  # the engine writes through mapped files, and a process dies over one that has no room left


def locked(folder: Path) -> TextIO:
    """Return the lock of a folder, which is held until it is closed. Raises MemoryLocked, which names the owner."""
    lock = (folder / LOCK).open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise MemoryLocked(
            f"the memories in {folder} belong to another process (pid {owner})",
            next_step="end that one, or point `url` in [memory] at a Qdrant server, which several can share",
        ) from exc
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def check_dimension(folder: Path, dimension: int) -> None:
    """Note how many numbers vectors have here. Raises ConfigurationError: it is another number already."""
    noted = folder / DIMENSION
    kept = noted.read_text(encoding="ascii").strip() if noted.exists() else ""
    if not kept:
        write_whole(noted, str(dimension))
    elif kept != str(dimension):
        raise ConfigurationError(
            f"the memories in {folder} have vectors of {kept} numbers, and the model makes {dimension}",
            next_step="use the model that made them, or have them made anew",
        )


def current(folder: Path) -> Path:
    """Return the part that is in force, and take away what somebody died over: unfinished parts, and former ones."""
    named = folder / CURRENT
    inside = folder / (named.read_text(encoding="ascii").strip() if named.exists() else SHARD)
    clear(inside)
    for left in folder.glob(f"{INDEXING}*"):
        shutil.rmtree(left, ignore_errors=True)  # a process that outlived ours may be at it yet, and ends over that
    return inside


def clear(part: Path) -> None:
    """Take away every part but this one: former ones, and also what could not be taken away before."""
    for other in part.parent.glob(f"{SHARD}*"):
        if other != part:
            shutil.rmtree(other)


def following(part: Path) -> Path:
    """Return where the part that takes the place of this one is made.

    >>> following(Path("m/shard")).name, following(Path("m/shard-9")).name
    ('shard-1', 'shard-10')
    """
    number = part.name.removeprefix(SHARD).lstrip("-")
    return part.with_name(f"{SHARD}-{int(number or 0) + 1}")


def put_in_force(part: Path) -> None:
    """Let this part be the one that is in force from now on, whatever happens next."""
    write_whole(part.parent / CURRENT, part.name)


def size(part: Path) -> int:
    """Return how many bytes of the disk a part takes."""
    blocks = 0
    for found in part.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # the engine takes one away now and then
            blocks += found.stat().st_blocks
    return blocks * BLOCK


def check_room(folder: Path, least: int = LEAST_FREE) -> None:
    """Raise MemoryFull where the disk has less room than `least` bytes."""
    free = shutil.disk_usage(folder).free
    if free < least:
        raise MemoryFull(
            f"the disk with the memories has {free // MIB} MiB left, and nothing is written below {least // MIB}",
            next_step="make room, or move `folder` in [memory] to another disk; what was said is remembered then",
        )


def drop(folder: Path) -> None:
    """Take a folder away, with all that is in it; nobody takes for memories what is left of it after a crash."""
    gone = folder.with_name(f"{folder.name}{GONE}")
    folder.rename(gone)
    sweep(gone.parent)


def sweep(around: Path) -> None:
    """Take away what is left of folders that somebody died over taking away."""
    for gone in around.glob(f"*{GONE}"):
        shutil.rmtree(gone)


def make_safe(part: Path) -> None:
    """Have the journal of a part on its disk, so that what it holds outlives the loss of power."""
    for file in (part / WAL).iterdir():
        sync(file)
    sync_folder(part / WAL)
