"""Opens the memories when they are first asked for, and again where they were away."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.memory.store import VectorStore


class Opened:
    """Where memories are, for all threads of a process."""

    def __init__(self, name: str, opens: Callable[[], VectorStore]) -> None:
        """Open nothing yet; `name` is what tells this store from every other one."""
        self.name, self._opens, self._lock = name, opens, threading.Lock()
        self._store: VectorStore | None = None

    def get(self) -> VectorStore:
        """Return the open store. Raises MemoryUnavailable: it is away; the next one who asks tries again."""
        with self._lock:
            if self._store is None:
                self._store = self._opens()
            return self._store

    def close(self) -> None:
        """Let go of it. Idempotent."""
        with self._lock:
            store, self._store = self._store, None
        if store is not None:
            store.close()


def memories_of(settings: Settings, model: str, dimension: int) -> Opened:
    """Return where the settings want memories to be; those that another model made the vectors of are elsewhere."""
    made_by = f"{slug(model)}-{dimension}"
    url = settings.fleet.memory.url
    if url:

        def connect() -> VectorStore:
            from tasks.memory.qdrant import QdrantStore  # noqa: PLC0415 (each is of use where the other is not there)

            return QdrantStore(url, f"{settings.namespace}-{made_by}", dimension, api_key=settings.qdrant_api_key)

        return Opened(f"{url}/{settings.namespace}-{made_by}", connect)
    folder = settings.memory_dir / made_by

    def own() -> VectorStore:
        from tasks.memory.edge import EdgeStore  # noqa: PLC0415

        return EdgeStore(folder, dimension)

    return Opened(str(folder), own)
