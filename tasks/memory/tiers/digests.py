"""From what was said to the memories that take its place. Pure.

The id of a digest is made of the ids of its sources: whoever dies over it makes the same one again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tasks.memory.importance import importance
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.lines import Line, packed, written
from tasks.memory.tiers.statements import stated
from tasks.memory.values import Kind, Memory, Role, Tier, Trust

EXTRACT, SUMMARY = "extract", "summary"  # tags: whether it is people's own words, or a model's
WRITING = "writing"  # the status of one whose sources are still there
NOTES = "notes"  # what is said to have told it


def digests(turns: Sequence[Memory], lines: Sequence[Line], how: str) -> list[Memory]:
    """Return the memories that take the place of turns of one circle: each statement alone, the rest together.

    A statement is a memory of its own, so that a later one can take its place: in the words of whoever made it, never
    in a model's.
    """
    first = turns[0]
    alone = dict(_statements(turns))
    rest = packed(line for line in lines if line not in alone)
    rows: list[tuple[str, list[Line]]] = [(about, [line]) for line, about in alone.items()] + [
        ("", row) for row in rest
    ]
    base = replace(
        first,
        kind=Kind.DIGEST,
        tier=Tier.WORKING,
        author=first.persona or first.author,
        name=NOTES,
        role=Role.PERSONA,
        session="",
        around="",
        at_ms=min(turn.at_ms for turn in turns),
        sources=cited(turns),
        pinned=False,
        superseded_by="",
        recalls=max(turn.recalls for turn in turns),
        recalled_ms=max(turn.recalled_ms for turn in turns),
    )
    name = named(base.sources)
    return [
        replace(
            base,
            source=f"digest:{name}:{at}",
            text=written(row),
            category=about,
            importance=worth(row, turns),
            trust=trust_of(turns, EXTRACT if about else how),
            tags=(EXTRACT if about else how,),
            sources=cited(_told(row, turns) if about and rest else turns),
        )
        for at, (about, row) in enumerate(rows)
    ]


def begun(made: Iterable[Memory], replaced: Iterable[Memory]) -> list[Memory]:
    """Return memories as they are written at first: with what they are to take the place of."""
    ids = tuple(memory.id for memory in replaced)
    return [replace(memory, status=WRITING, dependencies=ids) for memory in made]


def ended(made: Iterable[Memory]) -> list[Memory]:
    """Return memories as they are once what they took the place of is gone."""
    return [replace(memory, status="", dependencies=()) for memory in made]


def cited(memories: Iterable[Memory]) -> tuple[str, ...]:
    """Return the ids of turns that memories are made of, each once: their own where they are turns."""
    return tuple(dict.fromkeys(id_ for memory in memories for id_ in _roots(memory)))


def named(ids: Iterable[str]) -> str:
    """Return a short name of some ids, whatever their order."""
    return hashlib.sha256("\x1f".join(sorted(ids)).encode()).hexdigest()[:24]


def trust_of(memories: Sequence[Memory], how: str) -> Trust:
    """Return how far a digest may be believed: no further than the least of what it is made of."""
    if how == SUMMARY or any(memory.trust is Trust.MADE for memory in memories):
        return Trust.MADE
    return Trust.BROUGHT if any(memory.trust is Trust.BROUGHT for memory in memories) else Trust.SAID


def worth(row: Sequence[Line], memories: Sequence[Memory]) -> float:
    """Return how important some lines are: as much as the most important of them, and of what they are taken from."""
    said = max(importance(line.what) for line in row)
    return max(said, *(memory.importance for memory in _told(row, memories)), 0.0)


def _statements(turns: Sequence[Memory]) -> Iterator[tuple[Line, str]]:
    """Yield what people state of themselves, and of what."""
    names = {turn.name or turn.author for turn in turns if turn.role is Role.PERSON}
    for line in extracted(turns):
        if line.who in names and (found := stated(line.what)):
            yield line, found.about


def _told(row: Sequence[Line], memories: Sequence[Memory]) -> list[Memory]:
    """Return the memories that some lines were taken from, word by word."""
    said = [(memory, " ".join(memory.text.split())) for memory in memories]
    return [memory for memory, text in said if any(line.what in text for line in row)]


def _roots(memory: Memory) -> Iterator[str]:
    if memory.kind is not Kind.DIGEST:
        yield memory.id
    yield from memory.sources
