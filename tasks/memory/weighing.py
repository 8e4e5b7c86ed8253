"""Which memories answer a question best: four ways of being near, blended; then each thing said once. Pure.

A linear blend, as measured on long conversations: ranks alone (reciprocal rank fusion) lose to it, and a factor for age
buries what is old. So age and importance break ties, and no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.memory.values import Found, Memory, Parts

DAY_MS = 86_400_000
HALF_LIFE_DAYS = 30.0
ALIKE = 0.92  # two memories that are that near say the same
ENOUGH_WORDS = 12.0  # a BM25 score of a question whose rare words are there; less than that is told by chance, too
SHIFT = 0.75  # how much being an answer counts against being another one than those before


@dataclass(frozen=True)
class Weights:
    """How much each way counts."""

    meaning: float = 1.0
    meaning_around: float = 1.0
    words: float = 0.3
    words_around: float = 0.6
    recency: float = 0.02
    importance: float = 0.02


USUAL = Weights()


def blended(
    candidates: Mapping[str, Memory], parts: Mapping[str, Parts], now_ms: int, weights: Weights = USUAL
) -> list[Found]:
    """Return the candidates with their scores, the best first.

    Scores of words have no scale of their own: each is divided by the largest among the candidates. Where even that is
    small, the question's words are hardly there, and meaning decides.
    """
    most_words = max(ENOUGH_WORDS, *(part.words for part in parts.values()), 0.0)
    most_around = max(ENOUGH_WORDS, *(part.words_around for part in parts.values()), 0.0)

    def score(memory: Memory, part: Parts) -> float:
        near = weights.meaning * part.meaning + weights.meaning_around * part.meaning_around
        said = weights.words * part.words / most_words + weights.words_around * part.words_around / most_around
        ties = weights.recency * recency(memory.at_ms, now_ms) + weights.importance * memory.importance
        return near + said + ties

    found = [Found(memory, score(memory, parts[id_]), parts[id_]) for id_, memory in candidates.items()]
    return sorted(found, key=lambda one: (-one.score, one.memory.at_ms, one.memory.id))


def recency(at_ms: int, now_ms: int) -> float:
    """Return how recent a moment is: 1 is now, a half is a month ago.

    >>> recency(0, 0), recency(0, 30 * DAY_MS)
    (1.0, 0.5)
    """
    return math.pow(2.0, -max(0, now_ms - at_ms) / (HALF_LIFE_DAYS * DAY_MS))


def each_once(found: Iterable[Found]) -> list[Found]:
    """Return what was found without what says the very same as something before it."""
    seen: set[str] = set()
    once: list[Found] = []
    for one in found:
        said = " ".join(one.memory.text.casefold().split())
        if said not in seen:
            seen.add(said)
            once.append(one)
    return once


def varied(found: Sequence[Found], limit: int) -> list[Found]:
    """Return the best `limit`, each weighed against being like one before it (maximal marginal relevance).

    Source: Carbonell and Goldstein, 1998. Those without a vector are like no other.
    """
    if not found:
        return []
    vectors = _vectors(found)
    scores = np.array([one.score for one in found])
    worth = SHIFT * scores / (np.abs(scores).max() or 1.0)
    nearest = np.zeros(len(found))  # of each, how like it is to the likest that was chosen
    left, chosen = np.ones(len(found), dtype=bool), list[Found]()
    while left.any() and len(chosen) < limit:
        best = int(np.argmax(np.where(left, worth - (1.0 - SHIFT) * nearest, -np.inf)))
        left[best] = False
        if nearest[best] < ALIKE:
            chosen.append(found[best])
            nearest = np.maximum(nearest, vectors @ vectors[best]) if len(chosen) > 1 else vectors @ vectors[best]
    return chosen


def _vectors(found: Sequence[Found]) -> NDArray[np.float64]:
    """Return the vectors as rows; of what has none, nothing but zeros, whose cosine with any other is 0."""
    made = np.zeros((len(found), max(len(one.vector) for one in found)))
    for row, one in enumerate(found):
        made[row, : len(one.vector)] = one.vector
    return made


def raised(memory: Memory, now_ms: int, step: float = 0.05) -> Memory:
    """Return a memory that was of use: it counts for a little more from now on, never beyond 1."""
    importance = memory.importance + step * (1.0 - memory.importance)
    return replace(memory, importance=importance, recalls=memory.recalls + 1, recalled_ms=now_ms)
