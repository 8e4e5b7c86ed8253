"""What is said twice is one memory: the older one, which knows of the newer. Pure.

Near is not enough: "I owe Ann 20" and "I owe Ann 30" are as near as can be. So the numbers, names and dates have to be
the same too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.contracts.facts import facts
from tasks.memory.embedders.embedding import similarity
from tasks.memory.importance import Signs, importance
from tasks.memory.terms import terms
from tasks.memory.tiers.grouping import circle_of
from tasks.memory.values import Memory

ALIKE = 0.95  # a cosine
LEAST_SHARED = 0.5  # of the words: what shares fewer is not that near, and need not be compared

Vectors = Callable[[Sequence[str]], Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Merged:
    """Two that say the same."""

    stays: Memory
    """As it is from now on."""
    goes: Memory


def merged(memories: Iterable[Memory], vectors: Vectors) -> list[Merged]:
    """Return which of these go into which older one of the same author, in the same circle, with the same facts."""
    groups: dict[object, list[Memory]] = {}
    for memory in sorted(memories, key=lambda one: (one.at_ms, one.id)):
        key = (circle_of(memory), memory.author, memory.kind, facts(memory.text))
        groups.setdefault(key, []).append(memory)
    return [pair for group in groups.values() if len(group) > 1 for pair in _within(group, vectors)]


def _within(group: Sequence[Memory], vectors: Vectors) -> Iterator[Merged]:
    words = {memory.id: frozenset(terms(memory.text)) for memory in group}
    near: dict[str, Sequence[float]] = {}
    stay: dict[str, Memory] = {}
    for memory in group:
        like = [old for old in stay.values() if _shared(words[old.id], words[memory.id]) >= LEAST_SHARED]
        missing = [one.id for one in (memory, *like) if one.id not in near] if like else []
        near |= vectors(missing) if missing else {}
        alike = (old for old in like if memory.digest == old.digest or _alike(near, old, memory))
        older = None if memory.pinned else next(alike, None)
        if older is None:
            stay[memory.id] = memory
        else:
            stay[older.id] = together(older, memory)
            yield Merged(stay[older.id], memory)


def together(older: Memory, newer: Memory) -> Memory:
    """Return the older one of two that say the same, as it is from now on; the same however often it is done."""
    sources = tuple(dict.fromkeys((*older.sources, newer.id, *newer.sources)))
    said = importance(older.text, Signs(times=1 + len(sources)))
    return replace(
        older,
        sources=sources,
        importance=max(older.importance, newer.importance, said),
        recalls=max(older.recalls, newer.recalls),
        recalled_ms=max(older.recalled_ms, newer.recalled_ms),
    )


def _alike(near: Mapping[str, Sequence[float]], one: Memory, other: Memory) -> bool:
    if one.id not in near or other.id not in near:
        return False
    return similarity(near[one.id], near[other.id]) >= ALIKE


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
