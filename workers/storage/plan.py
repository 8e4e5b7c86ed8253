"""What lies where, what may move, and what would have to go first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.errors import Refused
from tasks.contracts.tiers import Tier

GIB = 2**30
_PART = re.compile(r"-(\d{5})-of-(\d{5})(\.gguf)$")


@dataclass(frozen=True, slots=True)
class Stored:
    """A model of the fleet file, and its file on this machine."""

    name: str
    path: Path
    """Where it lies, or the first place that was looked at."""
    tier: Tier
    size_bytes: int | None
    """None where it lies nowhere."""
    used_s: float | None = None
    """When it was last used here, in seconds since 1970; None where that is not known."""
    held_by: tuple[str, ...] = ()
    """The hosts of this machine that have it in memory or are loading it."""


@dataclass(frozen=True, slots=True)
class Space:
    """One of the two folders."""

    path: Path
    used_bytes: int
    free_bytes: int
    """On the disk."""
    budget_bytes: int | None = None
    """What its files may take in all; None: what the disk holds."""

    @property
    def left_bytes(self) -> int:
        """What may still come in; below zero where there is too much already."""
        if self.budget_bytes is None:
            return self.free_bytes
        return min(self.free_bytes, self.budget_bytes - self.used_bytes)


def parts(path: Path) -> tuple[Path, ...]:
    """Return the files of a model, whose name is that of the first: large ones may come in several.

    >>> [part.name for part in parts(Path("m-00001-of-00002.gguf"))], [part.name for part in parts(Path("m.gguf"))]
    (['m-00001-of-00002.gguf', 'm-00002-of-00002.gguf'], ['m.gguf'])
    """
    found = _PART.search(path.name)
    if not found:
        return (path,)
    stem, count = path.name[: found.start()], int(found[2])
    return tuple(path.with_name(f"{stem}-{number:05}-of-{found[2]}{found[3]}") for number in range(1, count + 1))


def refuse_unmovable(stored: Stored, to: Tier, *, one: bool) -> None:
    """Return if the file of a model may move.

    Raises:
        Refused: there is nowhere to go, it is not there, it lies elsewhere, or it is in use.
    """
    if one:
        raise Refused(
            "data.hot and data.archive are the same folder: there is nothing to move",
            next_step="give `archive` under [data] in rookery.toml a folder on the large disk",
        )
    if stored.size_bytes is None:
        raise Refused(
            f"the file of {stored.name!r} is not there: {stored.path}",
            next_step="put it there, or correct `gguf` in rookery.toml",
        )
    if stored.tier is Tier.ELSEWHERE:
        raise Refused(
            f"{stored.path} is neither in data.hot nor in data.archive, so it stays where it is",
            next_step="move it into one of them by hand; a relative `gguf` is then found there",
        )
    refuse_in_use(stored, to)


def refuse_no_folder(root: Path, to: Tier) -> None:
    """Return if the folder is there. It is never made: its disk may just not be mounted. Raises Refused."""
    if not root.is_dir():
        raise Refused(
            f"data.{to} is not there: {root}", next_step=f"mount its disk, or make the folder once: mkdir -p '{root}'"
        )


def refuse_in_use(stored: Stored, to: Tier) -> None:
    """Return if no host has the model. Raises Refused, which names those that do."""
    if stored.held_by:
        hosts = ", ".join(stored.held_by)
        raise Refused(
            f"{stored.name!r} is in memory on {hosts}: its file does not move meanwhile",
            next_step=f"`rookery host drain {stored.held_by[0]}`, then again; or wait until nobody uses it"
            if to is Tier.ARCHIVE
            else "wait until nobody uses it",
        )


def refuse_beyond_budget(stored: Stored, needed_bytes: int, to: Tier, space: Space, others: Iterable[Stored]) -> None:
    """Return if there is room for a file. Raises Refused, which says why not, and what could be archived instead."""
    if needed_bytes <= space.left_bytes:
        return
    why = f"{gib(space.free_bytes)} GiB are free on the disk of {space.path}"
    if space.budget_bytes is not None and space.left_bytes < space.free_bytes:
        why = f"data.hot_gib is {gib(space.budget_bytes)}, and {gib(space.used_bytes)} are taken"
    going = makes_room(needed_bytes - space.left_bytes, others) if to is Tier.HOT else ()
    raise Refused(
        f"there is no room for {stored.name!r}, which takes {gib(needed_bytes)} GiB: {why}",
        next_step="first " + ", then ".join(f"`rookery storage archive '{each.name}'`" for each in going)
        if going
        else "make room there; moving models that nobody uses now would not be enough",
    )


def makes_room(lacking_bytes: int, stored: Iterable[Stored]) -> Sequence[Stored]:
    """Return the models on the fast storage to archive, longest unused first; none where all would not do."""
    idle = [each for each in stored if each.tier is Tier.HOT and each.size_bytes and not each.held_by]
    idle.sort(key=lambda each: (each.used_s or 0.0, -(each.size_bytes or 0), each.name))
    going: list[Stored] = []
    for each in idle:
        going.append(each)
        lacking_bytes -= each.size_bytes or 0
        if lacking_bytes <= 0:
            return going
    return ()


def gib(size_bytes: int) -> str:
    """Return a size as people read it.

    >>> gib(3 * GIB // 2), gib(GIB // 100), gib(12345)
    ('1.5', '0.01', '<0.01')
    """
    value = size_bytes / GIB
    return "<0.01" if 0 < value < 0.01 else f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"
