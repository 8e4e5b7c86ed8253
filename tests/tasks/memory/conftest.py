"""Stores of both kinds, and vectors that anybody can work out: each word is a direction of its own."""

from __future__ import annotations

import hashlib
import math
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tasks.memory import terms
from tasks.memory.edge import EdgeStore
from tasks.memory.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.store import Question, Vectors, VectorStore
from tasks.memory.values import Memory

DIMENSION = 64
SERVER = os.environ.get("ROOKERY_TEST_QDRANT_URL", "")
KINDS = ["edge", "in memory", *(["server"] if SERVER else [])]


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


OpenStore = Callable[[], VectorStore]


@pytest.fixture(params=KINDS)
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the same store each time; one kind forgets all of it when it is closed."""
    name = f"test-{uuid.uuid4().hex}"
    opened: list[VectorStore] = []

    def open_() -> VectorStore:
        if request.param == "edge":
            store: VectorStore = EdgeStore(tmp_path / "memories", DIMENSION)
        else:
            store = QdrantStore(IN_MEMORY if request.param == "in memory" else SERVER, name, DIMENSION)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(opens: OpenStore) -> VectorStore:
    return opens()


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Any]:
    """A ledger, its transcript and memories."""
    from tests.tasks.memory.hall import Hall

    made = Hall(redis_url, tmp_path)
    yield made
    made.close()
