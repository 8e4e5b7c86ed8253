"""Opens the memories when they are first asked for, and again where they were away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.memory import migration, snapshots
from tasks.memory.store import VectorStore

DIMENSION = "dimension"  # the file in the folder of a store that says how many numbers its vectors have


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
    return _made_by(settings, f"{slug(model)}-{dimension}")


def kept(settings: Settings) -> dict[str, Opened]:
    """Return every store of memories that is there, by what made its vectors: usually one, two where that changed.

    Raises:
        MemoryUnavailable: the server does not answer.
    """
    url = settings.fleet.memory.url
    if url:
        from tasks.memory.qdrant import collections  # noqa: PLC0415 (each is of use where the other is not there)

        there = collections(url, api_key=settings.qdrant_api_key)
        names = [name.removesuffix(_of(settings)) for name in there if name.endswith(_of(settings))]
    else:
        folder = settings.memory_dir
        names = [each.parent.name for each in folder.glob(f"*/{DIMENSION}")]
    return {name: _made_by(settings, name) for name in sorted(names)}


def snapshot(settings: Settings, folder: Path) -> int:
    """Write every memory there is into a folder, a folder within it for each store; returns how many.

    Raises:
        MemoryLocked: a process of this machine has them open; it may write the snapshot itself.
        MemoryUnavailable: the server does not answer.
    """
    return sum(_with(opened, partial(_taken, folder / name)) for name, opened in kept(settings).items())


def restore(settings: Settings, folder: Path) -> int:
    """Put every memory of a snapshot where the settings want memories to be; returns how many.

    Those that were made by another model than the settings name are carried over by whoever remembers.

    Raises:
        BackupDamaged: a part is not what was written; nothing was put anywhere.
        MemoryLocked: a process has them open.
        MemoryUnavailable: the server does not answer.
    """
    parts = sorted(each.parent for each in folder.glob(f"*/{snapshots.RECORDS}"))
    for part in parts:
        snapshots.check(part)
    return sum(_with(_made_by(settings, part.name), partial(snapshots.give_back, part)) for part in parts)


def _taken(folder: Path, store: VectorStore) -> int:
    return snapshots.take(store, folder).count


def _with(opened: Opened, deed: Callable[[VectorStore], int]) -> int:
    try:
        return deed(opened.get())
    finally:
        opened.close()


def _brought_up(store: VectorStore) -> VectorStore:
    try:
        return migration.brought_up(store)
    except BaseException:
        store.close()
        raise


def _of(settings: Settings) -> str:
    return f"@{settings.namespace}"


def _made_by(settings: Settings, made_by: str) -> Opened:
    url, dimension = settings.fleet.memory.url, int(made_by.rpartition("-")[2])
    if url:
        collection = f"{made_by}{_of(settings)}"

        def connect() -> VectorStore:
            from tasks.memory.qdrant import QdrantStore  # noqa: PLC0415

            return _brought_up(QdrantStore(url, collection, dimension, api_key=settings.qdrant_api_key))

        return Opened(f"{url}/{collection}", connect)

    def own() -> VectorStore:
        from tasks.memory.edge import EdgeStore  # noqa: PLC0415

        return _brought_up(EdgeStore(settings.memory_dir / made_by, dimension))

    return Opened(made_by, own)  # wherever the folder lies: it may be restored, or moved
