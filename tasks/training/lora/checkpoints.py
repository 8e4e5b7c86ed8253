"""Checkpoints that count once they are sealed: whatever a kill left half written is thrown away."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError

from tasks.contracts.atomic import sync_folder, write_whole
from tasks.contracts.digests import file_sha256
from tasks.contracts.messages import Value

PREFIX, SEAL = "checkpoint-", "SEAL.json"  # the first is the Trainer's
KEPT = 2  # should the last one turn out to be damaged


class End(StrEnum):
    """Why a training ended with a checkpoint."""

    NOT = ""  # it goes on from here
    DONE = "done"
    BUDGET = "budget"  # its time was up


class Seal(Value):
    """What a checkpoint is, written once all of it is there."""

    step: int = Field(ge=0)
    files: dict[str, str]
    """The sha256 of each."""
    spent_s: float = Field(ge=0)
    """What was trained until then, over all tries, without what a kill threw away."""
    end: End = End.NOT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that is whole."""

    folder: Path
    seal: Seal


def seal(folder: Path, spent_s: float, end: End = End.NOT) -> Checkpoint:
    """Say of a checkpoint that the Trainer has just written that it is whole. Raises OSError."""
    written = Seal(step=_step(folder), files=_digests(folder), spent_s=spent_s, end=end)
    write_whole(folder / SEAL, written.model_dump_json(indent=1))
    sync_folder(folder.parent)
    return Checkpoint(folder, written)


def latest(root: Path) -> Checkpoint | None:
    """Return the last whole checkpoint in `root`, and remove what is not whole."""
    found = [_read(folder) or folder for folder in sorted(root.glob(f"{PREFIX}*"), key=_step)]
    for broken in (each for each in found if isinstance(each, Path)):
        shutil.rmtree(broken, ignore_errors=True)
    return next((each for each in reversed(found) if isinstance(each, Checkpoint)), None)


def prune(root: Path) -> None:
    """Remove all but the last few."""
    for folder in sorted(root.glob(f"{PREFIX}*"), key=_step)[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _read(folder: Path) -> Checkpoint | None:
    try:
        said = Seal.model_validate_json((folder / SEAL).read_bytes())
        return Checkpoint(folder, said) if said.files == _digests(folder) else None
    except (OSError, ValidationError):
        return None


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != SEAL)
    return {str(path.relative_to(folder)): file_sha256(path) for path in files}


def _step(folder: Path) -> int:
    number = folder.name.removeprefix(PREFIX)
    return int(number) if number.isdecimal() else -1
