"""A store that is quick, for rules that hold over every store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.stores.store import VectorStore
from tests.tasks.memory.conftest import DIMENSION


@pytest.fixture
def shelf_store() -> Iterator[VectorStore]:
    made = QdrantStore(IN_MEMORY, "tiers", DIMENSION)
    yield made
    made.close()
