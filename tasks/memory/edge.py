"""Memories within this process: Qdrant's engine in a folder of its own, for one owner at a time.

A second process that opened the folder would harm the first one's, so a lock of our own is taken before.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import qdrant_edge as q

from tasks.contracts.errors import ConfigurationError, MemoryLocked, MemoryUnavailable
from tasks.memory.edge_language import config, filter_of, indexes, point, record, sparse
from tasks.memory.filters import All, conditions
from tasks.memory.nearness import WAYS, nearest
from tasks.memory.payload import memory_of, payload_of
from tasks.memory.store import MEANING, MEANING_AROUND, Near, Page, Question, Records, Vectors
from tasks.memory.values import EVERYTHING, Memory, Scope, Wanted, Whole

LOCK, SHARD = "owner.lock", "shard"
BATCH = 500


class EdgeStore:
    """A folder with memories, whose owner this process is until it is closed."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Open the folder, or make it.

        Raises:
            MemoryLocked: another process owns it.
            ConfigurationError: its vectors have another size.
        """
        self._folder, self.dimension, self._writing = folder, dimension, threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock: TextIO | None = _locked(folder)
        try:
            self._shard = self._open(folder / SHARD)
        except BaseException:
            self._let_go()
            raise

    def put(self, memories: Sequence[tuple[Memory, Vectors]]) -> None:
        """Keep these, each in the place of the one with the same id."""
        points = [point(memory, vectors) for memory, vectors in memories]
        for at in range(0, len(points), BATCH):
            self._update(q.UpdateOperation.upsert_points(points[at : at + BATCH]))

    def amend(self, memories: Sequence[Memory]) -> None:
        """Keep what is known of these beside their vectors."""
        for memory in memories:
            self._update(q.UpdateOperation.set_payload([memory.id], payload_of(memory)))

    def get(self, ids: Sequence[str], whose: Scope | Whole) -> list[Memory]:
        """Return those of these that are there and may be seen."""
        if not ids:
            return []
        which = conditions(whose, Wanted(superseded=True), tuple(ids))
        request = q.ScrollRequest(limit=len(ids), filter=filter_of(which), with_payload=True)
        with _translated():
            found, _following = self._shard.scroll(request)
        return [memory_of(one.payload or {}) for one in found]

    def search(self, question: Question, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 25) -> Near:
        """Return what is nearest in each way: first who is near at all, then how near each of those is in each way."""
        with _translated():
            return nearest(partial(self._ask, question, whose), whose, wanted, limit)

    def vectors(self, ids: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Return the first vector of these."""
        with _translated():
            found = self._shard.retrieve(list(ids), False, [MEANING])
        return {str(one.id): tuple(one.vector[MEANING]) for one in found if isinstance(one.vector, dict)}

    def page(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 100, after: str = "") -> Page:
        """Return memories by their ids, a page at a time."""
        request = q.ScrollRequest(
            offset=after or None, limit=limit, filter=filter_of(conditions(whose, wanted)), with_payload=True
        )
        with _translated():
            found, following = self._shard.scroll(request)
        return Page(tuple(memory_of(one.payload or {}) for one in found), str(following) if following else "")

    def read(self, whose: Whole, limit: int = 100, after: str = "") -> Records:
        """Return everything there is, a page at a time."""
        which = filter_of(conditions(whose, Wanted(superseded=True)))
        request = q.ScrollRequest(offset=after or None, limit=limit, filter=which, with_payload=True, with_vector=True)
        with _translated():
            found, following = self._shard.scroll(request)
        return Records(tuple(record(one) for one in found), str(following) if following else "")

    def count(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING) -> int:
        """Return how many there are."""
        with _translated():
            return int(self._shard.count(q.CountRequest(exact=True, filter=filter_of(conditions(whose, wanted)))))

    def delete(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, ids: Sequence[str] | None = None) -> int:
        """Forget those; returns how many there were."""
        which = conditions(whose, wanted, None if ids is None else tuple(ids))
        with _translated():
            count = int(self._shard.count(q.CountRequest(exact=True, filter=filter_of(which))))
        if count:
            self._update(q.UpdateOperation.delete_points_by_filter(filter_of(which)))
        return count

    def close(self) -> None:
        """Write everything down and let go of the folder."""
        if self._lock is None:
            return
        with self._writing, contextlib.suppress(Exception):  # what is not flushed is in its log
            self._shard.flush()
            self._shard.close()
        self._let_go()

    def _open(self, path: Path) -> Any:
        with _translated():
            if path.exists() and any(path.iterdir()):
                shard = q.EdgeShard.load(str(path))
                self._check(path)
                return shard
            path.mkdir(exist_ok=True)
            shard = q.EdgeShard.create(str(path), config(self.dimension))
            for name, kind in indexes():
                shard.update(q.UpdateOperation.create_field_index(name, kind))
            (self._folder / "dimension").write_text(str(self.dimension), encoding="ascii")
            return shard

    def _check(self, path: Path) -> None:
        kept = (self._folder / "dimension").read_text(encoding="ascii").strip()
        if kept != str(self.dimension):
            raise ConfigurationError(
                f"the memories in {path} have vectors of {kept} numbers, and the model makes {self.dimension}",
                next_step="use the model that made them, or have them made anew",
            )

    def _ask(
        self, question: Question, whose: Scope | Whole, which: All, limit: int, with_payload: bool
    ) -> dict[str, list[Any]]:
        corpus = filter_of(conditions(Whole(whose.tenant), Wanted(superseded=True)))
        rarity = q.SearchParams(idf=q.IdfParams(corpus)) if whose.tenant else None  # how rare words are among its own
        asked = {way: list(question.meaning) for way in (MEANING, MEANING_AROUND)}
        words = sparse(question.words)
        requests = [
            q.QueryRequest(
                query=q.Query.Nearest(asked.get(way, words), using=way),
                filter=filter_of(which),
                limit=limit,
                params=None if way in asked else rarity,
                with_payload=with_payload and way == MEANING,
                with_vector=False,
            )
            for way in WAYS
            if way in asked or question.words
        ]
        found = self._shard.query_batch(q.QueryBatchRequest(requests))
        return dict(zip(WAYS, found, strict=False))

    def _update(self, operation: Any) -> None:
        with self._writing, _translated():
            self._shard.update(operation)

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _locked(folder: Path) -> TextIO:
    lock = (folder / LOCK).open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise MemoryLocked(
            f"the memories in {folder} belong to another process (pid {owner})",
            next_step="end that one, or point `url` in [memory] at a Qdrant server, which several can share",
        ) from exc
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what the engine raises into our error."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as exc:
        raise MemoryUnavailable(
            f"the store of memories failed: {str(exc)[:200]}", next_step="look whether its disk is full"
        ) from exc
