"""Stores of both kinds, and vectors that anybody can work out: each word is a direction of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.memory.stores.edge import EdgeStore
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore, drop
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, Directions, direction, keep, question, vectors_of

__all__ = ["DIMENSION", "Directions", "direction", "keep", "question", "vectors_of"]
SERVER = os.environ.get("ROOKERY_TEST_QDRANT_URL", "")
KINDS = ["edge", "in memory", *(["server"] if SERVER else [])]


RAM = Path("/dev/shm")
ENOUGH = 1 << 30  # bytes: the stores keep away from a disk that is almost full
OpenStore = Callable[[], VectorStore]


@contextlib.contextmanager
def in_memory(otherwise: Path) -> Iterator[Path]:
    """Yield a folder in memory, where there is room: a store has hundreds of things on its disk before it is made."""
    if not os.access(RAM, os.W_OK) or shutil.disk_usage(RAM).free < ENOUGH:
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=RAM, prefix="rookery-test-") as folder:
        yield Path(folder)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory."""
    with in_memory(tmp_path) as folder:
        yield folder


@pytest.fixture(params=KINDS)
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the same store each time; one kind forgets all of it when it is closed."""
    name = f"test-{uuid.uuid4().hex}"
    opened: list[VectorStore] = []

    def open_() -> VectorStore:
        opened.append(_opened(request.param, name, tmp_path))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()
    if request.param == "server" and opened:
        drop(SERVER, name)


def _opened(kind: str, name: str, folder: Path) -> VectorStore:
    if kind == "edge":
        return EdgeStore(folder / "memories", DIMENSION)
    return QdrantStore(IN_MEMORY if kind == "in memory" else SERVER, name, DIMENSION)


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorStore]:
    """The store that all tests of a file have after each other: to make one costs more than most of them do."""
    name = f"test-{uuid.uuid4().hex}"
    with in_memory(tmp_path_factory.mktemp("store")) as folder:
        store = _opened(request.param, name, folder)
        yield store
        store.close()
    if request.param == "server":
        drop(SERVER, name)


@pytest.fixture
def store(shared: VectorStore) -> VectorStore:
    """A store with nothing in it."""
    shared.delete(Whole(), Wanted(superseded=True))
    return shared


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Any]:
    """A ledger, its transcript and memories."""
    from tests.tasks.memory.hall import Hall

    made = Hall(redis_url, tmp_path)
    yield made
    made.close()
