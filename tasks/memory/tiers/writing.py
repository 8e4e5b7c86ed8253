"""Memories that take the place of others: written, confirmed, and only then are the others deleted.

Until they are gone, the new ones say what they are to take the place of. Whoever dies in between is found out by that:
where the old ones are there, the new ones go, and are made again; where they are gone, the new ones are all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tasks.contracts.errors import MemoryUnavailable
from tasks.jobs.crashpoints import reach
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.indexing import indexed
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers.digests import WRITING, begun, ended
from tasks.memory.tiers.grouping import day_of
from tasks.memory.values import Kind, Memory, Wanted, Whole

ALL = Wanted(superseded=True)
UNFINISHED = Wanted(statuses=frozenset({WRITING}), kinds=frozenset({Kind.DIGEST}), superseded=True)
#: Where tests have this process die.
WRITTEN, CONFIRMED, GONE, ENDED = "digest.written", "digest.confirmed", "digest.replaced", "digest.ended"
POINTS = (WRITTEN, CONFIRMED, GONE, ENDED)


@dataclass(frozen=True)
class Shelf:
    """Where memories are, and what makes their vectors; `holds` says whether nobody else rearranges them."""

    store: VectorStore
    embedder: Embedder
    holds: Callable[[], bool] = lambda: True


def replace_with(shelf: Shelf, replaced: Sequence[Memory], made: Sequence[Memory]) -> bool:
    """Have memories take the place of others; False: some of those have been forgotten meanwhile, and nothing changed.

    Raises:
        MemoryUnavailable: it could not be done now; `resumed` makes it whole.
    """
    store, written = shelf.store, begun(made, replaced)
    if not _all_there(store, replaced):
        return False
    store.put(indexed(written, shelf.embedder))
    reach(WRITTEN)
    _confirm(store, written)
    if not _all_there(store, replaced):  # somebody wanted it forgotten, and could not see that it was being noted
        store.delete(Whole(), ALL, [memory.id for memory in written])
        return False
    reach(CONFIRMED)
    if not shelf.holds():
        raise MemoryUnavailable("another process has begun to look through the memories", next_step="leave it to that")
    store.delete(Whole(), ALL, [memory.id for memory in replaced])
    reach(GONE)
    store.amend(ended(_there(store, written)))
    reach(ENDED)
    return True


def resumed(store: VectorStore) -> Iterator[int]:
    """Make whole what a crash left behind, a page at a time; yields how many memories that were."""
    while found := store.page(Whole(), UNFINISHED, limit=100).memories:
        undone = [memory for memory in found if _is_undone(store, memory)]
        store.delete(Whole(), ALL, [memory.id for memory in undone])
        store.amend(ended(memory for memory in found if memory not in undone))
        yield len(found)


def _is_undone(store: VectorStore, made: Memory) -> bool:
    """Return whether anything is there of what a memory was to take the place of; an answer anew is something else."""
    there = store.get(made.dependencies, Whole())
    return any(old.kind is not Kind.TURN or day_of(old.at_ms) <= day_of(made.at_ms) for old in there)


def _confirm(store: VectorStore, written: Sequence[Memory]) -> None:
    """Raise MemoryUnavailable where the store does not have what it was given."""
    there = {memory.id: memory.text for memory in _there(store, written)}
    if any(there.get(memory.id) != memory.text for memory in written):
        raise MemoryUnavailable(
            "the store of memories did not keep what it took",
            next_step="look whether its disk is full; nothing is lost",
        )


def _there(store: VectorStore, memories: Sequence[Memory]) -> list[Memory]:
    return store.get([memory.id for memory in memories], Whole())


def _all_there(store: VectorStore, memories: Sequence[Memory]) -> bool:
    there = {memory.id: memory.text for memory in _there(store, memories)}
    return all(there.get(memory.id) == memory.text for memory in memories)
