"""What a store answers to the four searches of one question, put together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tasks.memory.filters import All, conditions
from tasks.memory.payload import memory_of
from tasks.memory.store import MEANING, MEANING_AROUND, WORDS, WORDS_AROUND, Near
from tasks.memory.values import Parts, Scope, Wanted, Whole

WAYS = (MEANING, MEANING_AROUND, WORDS, WORDS_AROUND)


class Scored(Protocol):
    """A point as both stores answer it."""

    id: Any
    score: float
    payload: Any


Ask = Callable[[All, int, bool], Mapping[str, Sequence[Scored]]]
"""Asks a store in each way: for whom, for how many at most, and whether with what is known of them."""


def nearest(ask: Ask, whose: Scope | Whole, wanted: Wanted, limit: int) -> Near:
    """Return what is nearest in each way: first who is near at all, then how near each of those is in each way."""
    near = ask(conditions(whose, wanted), limit, False)
    ids = tuple(sorted({str(point.id) for way in near.values() for point in way}))
    if not ids:
        return Near({}, {})
    return near_of(ask(conditions(whose, wanted, ids), len(ids), True), ids)


def near_of(ways: Mapping[str, Sequence[Scored]], ids: Sequence[str]) -> Near:
    """Return what was found in the four ways, together; a way that does not name one has nothing of it."""
    scores = {way: {str(point.id): float(point.score) for point in found} for way, found in ways.items()}
    memories = {str(point.id): memory_of(point.payload or {}) for point in ways.get(MEANING, ())}
    parts = {id_: Parts(*(scores.get(way, {}).get(id_, 0.0) for way in WAYS)) for id_ in ids if id_ in memories}
    return Near(memories, parts)
