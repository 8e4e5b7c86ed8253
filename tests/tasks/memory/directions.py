"""Vectors that anybody can work out: each word is a direction of its own. Without any library of a store."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from tasks.memory import terms
from tasks.memory.stores.store import Question, Vectors, VectorStore
from tasks.memory.values import Memory

DIMENSION = 64


def direction(text: str) -> list[float]:
    """Return a vector of length 1: texts that share words point the same way."""
    sums = [1e-6] * DIMENSION
    for term in terms.terms(text):
        digest = hashlib.sha256(term.encode()).digest()
        sums[digest[0] % DIMENSION] += 1.0 if digest[1] % 2 else -1.0
    length = math.sqrt(sum(value * value for value in sums))
    return [value / length for value in sums]


class Directions:
    """Makes vectors that anybody can work out, and counts how often it was asked to."""

    model, dimension = "directions", DIMENSION

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text."""
        self.calls += 1
        return [direction(text) for text in texts]


def vectors_of(memory: Memory) -> Vectors:
    around = memory.around or memory.text
    return Vectors(
        direction(memory.text),
        direction(around),
        terms.weights(memory.text),
        terms.weights(around, terms.MEAN_TERMS_AROUND),
    )


def question(text: str) -> Question:
    return Question(direction(text), terms.asked(text))


def keep(store: VectorStore, *memories: Memory) -> None:
    store.put([(memory, vectors_of(memory)) for memory in memories])
