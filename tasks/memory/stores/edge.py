"""Memories within this process: Qdrant's engine in a folder of its own, for one owner at a time.

A second process that opened the folder would harm the first one's, so a lock of our own is taken before.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import qdrant_edge as q

from tasks.contracts.errors import MemoryFull, MemoryUnavailable
from tasks.jobs.crashpoints import reach
from tasks.memory.stores import edge_folder, edge_parts
from tasks.memory.stores.edge_indexing import Indexing, is_wanted
from tasks.memory.stores.edge_language import filter_of, near_enough, point, sparse
from tasks.memory.stores.edge_parts import BATCH
from tasks.memory.stores.filters import All, conditions, of_version
from tasks.memory.stores.nearness import DENSE, nearest, says_all, ways_of
from tasks.memory.stores.payload import VERSION, memory_of, payload_of
from tasks.memory.stores.records import record
from tasks.memory.stores.store import MEANING, Near, Page, Question, Records, Vectors, Versions
from tasks.memory.values import EVERYTHING, Memory, Scope, Wanted, Whole

STOP, NEAR_ENOUGH = object(), near_enough()
FLUSH_EVERY = 2_000  # memories that were written: what is in the journal alone is read again when the folder is opened
REWRITTEN, IN_FORCE = "memory.rewritten", "memory.in.force"  # where tests have this process die


class EdgeStore:
    """A folder with memories, whose owner this process is until it is closed."""

    def __init__(self, folder: Path, dimension: int, *, least_free: int = edge_folder.LEAST_FREE) -> None:
        """Open the folder, or make it; nothing is written where its disk has less than `least_free` bytes left.

        Raises:
            MemoryLocked: another process owns it.
            ConfigurationError: its vectors have another size.
            MemoryUnavailable: it cannot be read.
        """
        self._folder, self.dimension, self._least_free = folder, dimension, least_free
        self._writing, self._unflushed = threading.RLock(), 0
        self._scouring = threading.Lock()
        self._touched: set[str] | None = None  # what was written since it began to be written anew
        self._indexing: Indexing | None = None
        with _translated():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock: TextIO | None = edge_folder.locked(folder)
            try:
                edge_folder.check_dimension(folder, dimension)
                self._part, self._shard = edge_parts.opened(folder, dimension)
            except BaseException:
                self._let_go()
                raise

    def put(self, memories: Sequence[tuple[Memory, Vectors]]) -> None:
        """Keep these, each in the place of the one with the same id."""
        points = [point(memory, vectors) for memory, vectors in memories]
        batches = [points[at : at + BATCH] for at in range(0, len(points), BATCH)]
        self._update(
            [q.UpdateOperation.upsert_points(batch) for batch in batches], [memory.id for memory, _ in memories]
        )

    def amend(self, memories: Sequence[Memory]) -> None:
        """Keep what is known of these beside their vectors."""
        with self._writing:  # nobody forgets one of them in between
            with _translated():
                found = self._shard.retrieve([memory.id for memory in memories], False, False)
            there = {str(one.id) for one in found}
            changed = [memory for memory in memories if memory.id in there]
            changes = [q.UpdateOperation.set_payload([memory.id], payload_of(memory)) for memory in changed]
            self._update(changes, [memory.id for memory in changed])

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
            return self._count(filter_of(conditions(whose, wanted)))

    def delete(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, ids: Sequence[str] | None = None) -> int:
        """Forget those; returns how many there were."""
        which = filter_of(conditions(whose, wanted, None if ids is None else tuple(ids)))
        with self._writing, _translated():
            count = self._count(which)
            gone = edge_parts.ids_of(self._shard, which, count) if count and self._touched is not None else ()
        if count:
            self._update([q.UpdateOperation.delete_points_by_filter(which)], gone, grows=False)
        return count

    def versions(self) -> Versions:
        """Return how many memories there are of this version's form, and of later ones."""
        which = (of_version(VERSION, VERSION + 1), of_version(VERSION + 1))
        with _translated():
            current, later = (self._count(filter_of(one)) for one in which)
            return Versions(self._count(filter_of(All(()))), current, later)

    def scour(self) -> bool:
        """Write everything anew, and take what was written before off the disk, so that what was deleted is gone.

        Nobody waits for it but who is scouring, too: what is written meanwhile is written once more at the end.
        """
        with self._scouring, _translated():
            self._stop_indexing()  # what was deleted is in the copy too
            edge_folder.check_room(self._folder, self._least_free + edge_folder.size(self._part))
            with self._writing:
                self._touched = set()
            try:
                part = edge_folder.following(self._part)
                self._put_in_force(part, _copied(self._shard, part, self.dimension))
            finally:
                self._touched = None
            edge_folder.clear(self._part)
        return True

    def index(self) -> Iterator[None]:
        """Have a graph built of many memories, by which they are found faster, a moment at a time; nobody waits for it.

        Whoever scours meanwhile ends it, as does closing the store: it is begun anew another time.
        """
        with self._scouring, _translated():
            if self._indexing is not None or not is_wanted(self._shard, self._part):
                return
            edge_folder.check_room(self._folder, self._least_free + 2 * edge_folder.size(self._part))
            mine = self._indexing = Indexing(self._folder)
            with self._writing:
                self._touched = set()
        steps = mine.steps(self._shard, self.dimension)
        try:
            while self._goes_on(mine, steps):
                yield
            with self._scouring, _translated():
                if self._indexing is mine:
                    part = edge_folder.following(self._part)
                    self._put_in_force(part, mine.become(part))
                    edge_folder.clear(self._part)
        finally:
            with self._scouring:
                if self._indexing is mine:
                    self._stop_indexing()

    def close(self) -> None:
        """Write everything down and let go of the folder."""
        if self._lock is None:
            return
        self._stop_indexing()
        with self._writing:  # nobody puts another part in force once the folder may be somebody else's
            with contextlib.suppress(Exception):  # what is not flushed is in its log
                self._shard.flush()
                self._shard.close()
            self._let_go()

    def _count(self, which: Any) -> int:
        return int(self._shard.count(q.CountRequest(exact=True, filter=which)))

    def _ask(
        self, question: Question, whose: Scope | Whole, which: All, limit: int, with_payload: bool
    ) -> dict[str, list[Any]]:
        corpus = filter_of(conditions(Whole(whose.tenant), Wanted(superseded=True)))
        rarity = q.SearchParams(idf=q.IdfParams(corpus)) if whose.tenant else None  # how rare words are among its own
        meaning, words, ways = list(question.meaning), sparse(question.words), ways_of(question)
        requests = [
            q.QueryRequest(
                query=q.Query.Nearest(meaning if way in DENSE else words, using=way),
                filter=filter_of(which),
                limit=limit,
                params=NEAR_ENOUGH if way in DENSE else rarity,
                with_payload=with_payload and says_all(way, question),
                with_vector=False,
            )
            for way in ways
        ]
        found = self._shard.query_batch(q.QueryBatchRequest(requests)) if requests else []
        return dict(zip(ways, found, strict=True))

    def _goes_on(self, indexing: Indexing, steps: Iterator[None]) -> bool:
        """Do the next step, if it is to be done yet, and return whether it was not the last."""
        with self._scouring, _translated():
            return self._indexing is indexing and next(steps, STOP) is not STOP

    def _stop_indexing(self) -> None:
        indexing, self._indexing = self._indexing, None
        if indexing is not None:
            self._touched = None
            indexing.stop()

    def _put_in_force(self, part: Path, fresh: Any) -> None:
        with self._writing:
            self._check_open()
            edge_parts.catch_up(self._shard, fresh, sorted(self._touched or ()))
            fresh.flush()
            reach(REWRITTEN)
            edge_folder.put_in_force(part)
            reach(IN_FORCE)
            self._shard, self._part, self._unflushed = fresh, part, 0  # whoever reads the former one still has it

    def _update(self, operations: Sequence[Any], touched: Collection[str], *, grows: bool = True) -> None:
        """Write these; they outlive the loss of power when this returns."""
        if not operations:
            return
        with self._writing, _translated():
            if grows:
                edge_folder.check_room(self._folder, self._least_free)
            for operation in operations:
                self._shard.update(operation)
            if self._touched is not None:
                self._touched.update(touched)
            self._unflushed += max(1, len(touched))
            if self._unflushed >= FLUSH_EVERY:
                self._shard.flush()
                self._unflushed = 0
            edge_folder.make_safe(self._part)

    def _check_open(self) -> None:
        if self._lock is None:
            raise MemoryUnavailable("the store of memories was closed meanwhile", next_step="open it again")

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what the engine raises into our error."""
    try:
        yield
    except BaseException as exc:
        if not _is_of_the_engine(exc):
            raise
        told = str(exc)[:200]
        full = getattr(exc, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "no space left" in told.casefold()
        raise (MemoryFull if full else MemoryUnavailable)(
            f"the store of memories failed: {told}", next_step="look whether its disk is full"
        ) from exc


def _is_of_the_engine(exc: BaseException) -> bool:
    """Return whether the engine or the disk failed: the former raises nothing narrower, and panics past Exception."""
    return type(exc) is Exception or type(exc).__name__ == "PanicException" or isinstance(exc, (OSError, ValueError))


def _copied(shard: Any, part: Path, dimension: int) -> Any:
    fresh = edge_parts.made(part, dimension)
    deque(edge_parts.copied(shard, fresh), maxlen=0)
    return fresh
