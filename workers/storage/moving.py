"""Moves files from one disk to another so that, whenever it is killed, nothing is lost and a second run goes on.

Each file is copied to a name of its own beside its place, synced, read back and compared, and renamed; only when all
are there does a source go. The first part of a model, by which it is found, comes last and goes first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from tasks.contracts.atomic import sync_folder
from tasks.contracts.errors import Refused

PART = ".{}.rookery-part"
CHUNK_BYTES = 4 * 2**20


class Step(StrEnum):
    """How far a file has come."""

    COPY = "copy"
    VERIFY = "verify"
    SYNCED = "synced"
    VERIFIED = "verified"
    PLACED = "placed"
    DELETED = "deleted"


Tell = Callable[[Step, Path, int], None]
"""Told after each piece of work: on which file, and how many bytes were copied or compared."""


def move(pairs: Sequence[tuple[Path, Path]], tell: Tell, may_delete: Callable[[], None]) -> None:
    """Move files, given as pairs of source and target, the first part of the model first.

    `may_delete` is asked once all of them lie at their targets; what it raises leaves the sources as they are.

    Raises:
        Refused: another file has the name of a target, somebody else moves the same, or what was read back differs.
        OSError: a disk is full or broken.
    """
    for source, target in reversed(pairs):
        place(source, target, tell)
    may_delete()
    for source, _ in pairs:
        source.unlink(missing_ok=True)
        sync_folder(source.parent)
        tell(Step.DELETED, source, 0)


def place(source: Path, target: Path, tell: Tell) -> None:
    """Have a true copy of `source` at `target`; where it is already, nothing is written."""
    if not source.exists():
        if target.exists():  # an earlier run got so far
            return
        raise Refused(f"a part of the model is missing: {source}", next_step="bring it there, then try again")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(PART.format(target.name))
    with _alone(part) as copy:
        if target.exists():
            _refuse_other(source, target, tell)
            part.unlink(missing_ok=True)
            return
        _copy(source, copy, tell)
        tell(Step.SYNCED, target, 0)
        if _digest(source, tell) != _digest(part, tell):
            part.unlink()
            raise Refused(f"what was written to {part} is not what was read", next_step="look at that disk; try again")
        shutil.copystat(source, part)
        tell(Step.VERIFIED, target, 0)
        part.rename(target)
    sync_folder(target.parent)
    tell(Step.PLACED, target, 0)


def work_bytes(pairs: Sequence[tuple[Path, Path]]) -> int:
    """Return how many bytes will be copied and compared in all, as far as that is known before."""
    return sum(3 * source.stat().st_size for source, _ in pairs if source.exists())


@contextmanager
def _alone(part: Path) -> Iterator[int]:
    """Hold the unfinished copy, whoever began it. Raises Refused while another process holds it."""
    copy = os.open(part, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(copy, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield copy
    except BlockingIOError as exc:
        raise Refused(f"{part} is being written already", next_step="wait until that has ended") from exc
    finally:
        os.close(copy)


def _copy(source: Path, copy: int, tell: Tell) -> None:
    """Copy what is not there yet. What an earlier run has written counts, unless the source has changed since."""
    there, wanted = os.fstat(copy), source.stat()
    begun = there.st_size if there.st_size <= wanted.st_size and there.st_mtime >= wanted.st_mtime else 0
    os.truncate(copy, begun)
    os.lseek(copy, begun, os.SEEK_SET)
    tell(Step.COPY, source, begun)
    with source.open("rb") as read, os.fdopen(os.dup(copy), "wb") as write:
        read.seek(begun)
        while chunk := read.read(CHUNK_BYTES):
            write.write(chunk)
            write.flush()
            tell(Step.COPY, source, len(chunk))
    os.fsync(copy)
    if hasattr(os, "posix_fadvise"):  # so that it is read back from the disk, not from memory
        os.posix_fadvise(copy, 0, 0, os.POSIX_FADV_DONTNEED)


def _digest(path: Path, tell: Tell) -> tuple[int, str]:
    size, seen = 0, hashlib.sha256()
    with path.open("rb") as read:
        while chunk := read.read(CHUNK_BYTES):
            size += len(chunk)
            seen.update(chunk)
            tell(Step.VERIFY, path, len(chunk))
    return size, seen.hexdigest()


def _refuse_other(source: Path, target: Path, tell: Tell) -> None:
    same_size = source.stat().st_size == target.stat().st_size
    if not same_size or _digest(source, tell) != _digest(target, tell):
        raise Refused(
            f"there is another file at {target}, and it is kept",
            next_step=f"see which of {source} and {target} is right, and take the other one away",
        )
