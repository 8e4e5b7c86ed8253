from __future__ import annotations

import pytest

from tasks.contracts.errors import ConfigurationError, MemoryUnavailable
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tests.tasks.memory.directions import DIMENSION


def test_a_server_that_is_not_there_is_unavailable_and_its_address_is_not_told(free_port) -> None:
    with pytest.raises(MemoryUnavailable) as caught:
        QdrantStore(f"http://user:secret@127.0.0.1:{free_port()}", "memories", DIMENSION, api_key="hush")
    told = f"{caught.value} {caught.value.next_step}"
    assert "secret" not in told
    assert "hush" not in told


def test_a_collection_with_vectors_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    store = QdrantStore(IN_MEMORY, "memories", DIMENSION)
    store.dimension = 32
    with pytest.raises(ConfigurationError, match="vectors of 64 numbers"):
        store._check()
    store.close()
