"""Opens the memories when they are first asked for, and again where they were away."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tasks.contracts.errors import MemoryUnavailable
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.memory.stores import edge_folder, migration, snapshots
from tasks.memory.stores.carrying import Carrying, Former
from tasks.memory.stores.store import VectorStore

_MADE_BY = re.compile(r".+-[1-9]\d*")  # a model, and how many numbers its vectors have


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
    """Return where the settings want memories to be, for whoever remembers.

    Where another model made the vectors of some, these are there too, and wait for being carried over.
    """
    made_by = f"{slug(model)}-{dimension}"
    place = _place(settings, made_by)

    def with_former() -> VectorStore:
        new = place.opens()
        try:
            former = [each.former() for name, each in _places(settings).items() if name != made_by]
        except BaseException:
            new.close()
            raise
        return Carrying(new, former) if former else new

    return Opened(place.name, with_former)


def kept(settings: Settings) -> dict[str, Opened]:
    """Return every store of memories that is there, by what made its vectors: usually one, two where that changed.

    Raises:
        MemoryUnavailable: the server does not answer.
    """
    return {made_by: place.opened() for made_by, place in _places(settings).items()}


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
    return sum(_with(_place(settings, part.name).opened(), partial(snapshots.give_back, part)) for part in parts)


def _taken(folder: Path, store: VectorStore) -> int:
    return snapshots.take(store, folder).count


def _with(opened: Opened, deed: Callable[[VectorStore], int]) -> int:
    try:
        return deed(opened.get())
    finally:
        opened.close()


@dataclass(frozen=True)
class _Place:
    """Where memories are whose vectors one model made."""

    name: str
    opens: Callable[[], VectorStore]
    drop: Callable[[], None]

    def opened(self) -> Opened:
        return Opened(self.name, self.opens)

    def former(self) -> Former:
        try:
            store = self.opens()
        except MemoryUnavailable as exc:
            raise MemoryUnavailable(
                f"the memories in {self.name!r}, which are to be carried over to another model, cannot be opened: "
                f"{exc.message}",
                next_step="move them away; what was said is remembered again from the transcript",
            ) from exc

        def drop() -> None:
            store.close()
            self.drop()

        return Former(self.name, store, drop)


def _places(settings: Settings) -> dict[str, _Place]:
    if settings.fleet.memory.url:
        from tasks.memory.stores.qdrant import collections  # noqa: PLC0415 (each is of use where the other is not there)

        there = collections(settings.fleet.memory.url, api_key=settings.qdrant_api_key)
        names = [name.removesuffix(_of(settings)) for name in there if name.endswith(_of(settings))]
    else:
        edge_folder.sweep(settings.memory_dir)
        names = [each.parent.name for each in settings.memory_dir.glob(f"*/{edge_folder.DIMENSION}")]
    return {name: _place(settings, name) for name in sorted(names) if _MADE_BY.fullmatch(name)}


def _place(settings: Settings, made_by: str) -> _Place:
    url, dimension = settings.fleet.memory.url, int(made_by.rpartition("-")[2])
    if url:
        key, collection = settings.qdrant_api_key, f"{made_by}{_of(settings)}"

        def connect() -> VectorStore:
            from tasks.memory.stores.qdrant import QdrantStore  # noqa: PLC0415

            return _brought_up(QdrantStore(url, collection, dimension, api_key=key))

        def drop() -> None:
            from tasks.memory.stores import qdrant  # noqa: PLC0415

            qdrant.drop(url, collection, api_key=key)

        return _Place(f"{url}/{collection}", connect, drop)
    folder = settings.memory_dir / made_by

    def own() -> VectorStore:
        from tasks.memory.stores.edge import EdgeStore  # noqa: PLC0415

        return _brought_up(EdgeStore(folder, dimension))

    return _Place(made_by, own, partial(edge_folder.drop, folder))  # by name, as it may be restored elsewhere, or moved


def _brought_up(store: VectorStore) -> VectorStore:
    try:
        return migration.brought_up(store)
    except BaseException:
        store.close()
        raise


def _of(settings: Settings) -> str:
    return f"@{settings.namespace}"
