"""The memories while they change their model: those that have new vectors, and those that have the former ones yet.

Vectors of two models cannot be compared, so what was not carried over is found by its words alone; whatever is written
has new vectors. A memory that somebody died over may be in both for a moment, and is the newer one then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.contracts.errors import MemoryUnavailable
from tasks.jobs.crashpoints import reach
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.indexing import indexed
from tasks.memory.stores.store import Near, Page, Question, Records, Vectors, VectorStore, Versions
from tasks.memory.values import EVERYTHING, Memory, Scope, Wanted, Whole

BATCH = 8  # memories: a question that comes meanwhile waits no longer than these take to be embedded
ALL = Wanted(superseded=True)
CARRIED, LEFT, DROPPED = "memory.carried", "memory.left", "memory.former.dropped"  # where tests have this process die
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Former:
    """A store whose vectors another model made."""

    name: str
    """What tells it from every other one."""
    store: VectorStore
    drop: Callable[[], None]
    """Closes it and takes it away, for good."""


class Carrying:
    """A store, with all that is yet to come into it. Where that is, is read first, so that nothing slips through."""

    def __init__(self, new: VectorStore, former: Sequence[Former]) -> None:
        self.new, self.former = new, tuple(former)
        self._moving = threading.RLock()

    @property
    def dimension(self) -> int:
        """How many numbers a dense vector has from now on."""
        return self.new.dimension

    def carry(self, embedder: Embedder) -> bool:
        """Give some memories new vectors, in their new place; False: all have them, and the former place is gone."""
        former = next(iter(self.former), None)
        if former is None:
            return False
        found = former.store.page(Whole(), ALL, BATCH).memories
        if found:
            self._move(former.store, indexed(found, embedder), embedder.model)
        else:
            self._drop(former)
        return bool(self.former)

    def put(self, memories: Sequence[tuple[Memory, Vectors]]) -> None:
        """Keep these with their new vectors, and nowhere else."""
        ids = [memory.id for memory, _ in memories]
        with self._moving:
            self.new.put(memories)
            for former in self.former:
                former.store.delete(Whole(), ALL, ids)

    def amend(self, memories: Sequence[Memory]) -> None:
        """Keep what is known of these where each of them is."""
        with self._moving:
            there = {memory.id for memory in self.new.get([memory.id for memory in memories], Whole())}
            self.new.amend([memory for memory in memories if memory.id in there])
            for former in self.former:
                former.store.amend([memory for memory in memories if memory.id not in there])

    def get(self, ids: Sequence[str], whose: Scope | Whole) -> list[Memory]:
        """Return those of these that are there and may be seen."""
        found = [former.store.get(ids, whose) for former in self.former]
        return list(_once([*found, self.new.get(ids, whose)]).values())

    def search(self, question: Question, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 25) -> Near:
        """Return what is nearest in each way; of what has no new vectors, what is nearest by its words."""
        by_words = replace(question, meaning=())
        found = [former.store.search(by_words, whose, wanted, limit) for former in self.former]
        found.append(self.new.search(question, whose, wanted, limit))
        memories = {id_: memory for near in found for id_, memory in near.memories.items()}
        return Near(memories, {id_: parts for near in found for id_, parts in near.parts.items()})

    def vectors(self, ids: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Return the first vector of those of these that have a new one."""
        return self.new.vectors(ids)

    def page(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 100, after: str = "") -> Page:
        """Return memories by their ids, a page at a time, wherever they are."""
        pages = [former.store.page(whose, wanted, limit, after) for former in self.former]
        pages.append(self.new.page(whose, wanted, limit, after))
        found = sorted(_once([page.memories for page in pages]).values(), key=lambda memory: memory.id)
        following = [*(memory.id for memory in found[limit:]), *(page.after for page in pages if page.after)]
        return Page(tuple(found[:limit]), min(following, default=""))

    def read(self, whose: Whole, limit: int = 100, after: str = "") -> Records:
        """Return those that have new vectors: the others are read where they are, with theirs (`parts`)."""
        return self.new.read(whose, limit, after)

    def count(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING) -> int:
        """Return how many there are, wherever they are."""
        return sum(store.count(whose, wanted) for store in self._stores())

    def delete(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, ids: Sequence[str] | None = None) -> int:
        """Forget those, wherever they are; returns how many there were."""
        with self._moving:
            return sum(store.delete(whose, wanted, ids) for store in self._stores())

    def versions(self) -> Versions:
        """Return how many memories there are of this version's form, and of later ones."""
        found = [store.versions() for store in self._stores()]
        return Versions(*(sum(getattr(one, name) for one in found) for name in ("all", "current", "later")))

    def scour(self) -> bool:
        """Take what was deleted off the disk, wherever it was."""
        with self._moving:
            return min([store.scour() for store in self._stores()])  # every one of them, whatever the first says

    def index(self) -> Iterator[None]:
        """Have many memories with new vectors found faster; the others are on their way there."""
        return self.new.index()

    def close(self) -> None:
        """Let go of all of them. Idempotent."""
        for store in self._stores():
            store.close()

    def _stores(self) -> list[VectorStore]:
        return [*(former.store for former in self.former), self.new]

    def _move(self, former: VectorStore, made: Sequence[tuple[Memory, Vectors]], model: str) -> None:
        """Write, confirm, delete: those that nobody changed or forgot while their vectors were made."""
        with self._moving:
            ids = [memory.id for memory, _ in made]
            there = {memory.id: memory for memory in former.get(ids, Whole())}
            newer = {memory.id for memory in self.new.get(ids, Whole())}
            same = [(there[memory.id], vectors) for memory, vectors in made if _says(there.get(memory.id), memory)]
            moves = [(replace(memory, model=model), vectors) for memory, vectors in same if memory.id not in newer]
            self.new.put(moves)
            reach(CARRIED)
            kept = {memory.id for memory in self.new.get(ids, Whole())}
            if missing := [memory for memory, _ in moves if memory.id not in kept]:
                raise MemoryUnavailable(
                    f"the store of memories did not keep {len(missing)} of what it took",
                    next_step="look whether its disk is full; nothing is lost",
                )
            former.delete(Whole(), ALL, sorted(kept))
            reach(LEFT)

    def _drop(self, former: Former) -> None:
        with self._moving:
            if former.store.count(Whole(), ALL):
                return  # somebody put something there at the last moment
            self.former = tuple(one for one in self.former if one is not former)
        former.drop()
        reach(DROPPED)


def parts(name: str, store: VectorStore) -> dict[str, VectorStore]:
    """Return every store that there is behind one, by what tells it from the others."""
    if isinstance(store, Carrying):
        return {**{former.name: former.store for former in store.former}, name: store.new}
    return {name: store}


def _says(there: Memory | None, memory: Memory) -> bool:
    return there is not None and (there.text, there.around) == (memory.text, memory.around)


def _once(found: Sequence[Sequence[Memory]]) -> dict[str, Memory]:
    return {memory.id: memory for memories in found for memory in memories}
