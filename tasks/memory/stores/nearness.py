"""What a store answers to the four searches of one question, put together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tasks.memory.stores.filters import All, conditions
from tasks.memory.stores.payload import memory_of
from tasks.memory.stores.store import MEANING, MEANING_AROUND, WORDS, WORDS_AROUND, Near, Question
from tasks.memory.values import Parts, Scope, Wanted, Whole

DENSE, SPARSE = (MEANING, MEANING_AROUND), (WORDS, WORDS_AROUND)
WAYS = (*DENSE, *SPARSE)


class Scored(Protocol):
    """A point as both stores answer it."""

    id: Any
    score: float
    payload: Any


Ask = Callable[[All, int, bool], Mapping[str, Sequence[Scored]]]
"""Asks a store in each way: for whom, for how many at most, and whether with what is known of them."""


def ways_of(question: Question) -> tuple[str, ...]:
    """Return in which ways a question can be asked: it may have no words, or a meaning that cannot be compared."""
    return (*(DENSE if question.meaning else ()), *(SPARSE if question.words else ()))


def says_all(way: str, question: Question) -> bool:
    """Return whether the answers of a way say what is known of them: by meaning one names all, by words none does."""
    return way == MEANING or not question.meaning


def nearest(ask: Ask, whose: Scope | Whole, wanted: Wanted, limit: int) -> Near:
    """Return what is nearest in each way: first who is near at all, then how near each of those is in each way."""
    near = ask(conditions(whose, wanted), limit, False)
    ids = tuple(sorted({str(point.id) for way in near.values() for point in way}))
    if not ids:
        return Near({}, {})
    return near_of(ask(conditions(whose, wanted, ids), len(ids), True), ids)


def near_of(ways: Mapping[str, Sequence[Scored]], ids: Sequence[str]) -> Near:
    """Return what was found in the ways that were asked, together; one that does not name it has nothing of it."""
    scores = {way: {str(point.id): float(point.score) for point in found} for way, found in ways.items()}
    memories = {str(point.id): memory_of(point.payload) for found in ways.values() for point in found if point.payload}
    parts = {id_: Parts(*(scores.get(way, {}).get(id_, 0.0) for way in WAYS)) for id_ in ids if id_ in memories}
    return Near(memories, parts)
