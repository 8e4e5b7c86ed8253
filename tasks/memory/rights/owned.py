"""A person's memories, whichever tier and conversation they are of: gone through, found by words, shown to them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator

from tasks.contracts.wishes import Kept
from tasks.memory.stores.store import VectorStore
from tasks.memory.terms import terms
from tasks.memory.values import Memory, Role, Wanted, Whole

A_PAGE = 500
YOU = "you"


def of(person: str, store: VectorStore, *, alone: bool = True) -> Iterator[Memory]:
    """Yield all memories of a person; those of what was said to a persona alone only where nobody else hears of it."""
    for memory in every(store, Whole(), Wanted(users=frozenset({person}), superseded=True)):
        if alone or not memory.direct:
            yield memory


def every(store: VectorStore, whose: Whole, wanted: Wanted) -> Iterator[Memory]:
    """Yield memories page after page; those that come or go meanwhile may be among them or not."""
    after = ""
    while True:
        page = store.page(whose, wanted, A_PAGE, after)
        yield from page.memories
        after = page.after
        if not after:
            return


def about(words: str) -> Callable[[str], bool]:
    """Return what says whether a text holds all of these words, in whatever form and order.

    Where none of them says anything by itself, the text is to be just that.

    >>> about("my dogs")("The dog is called Rex."), about("is it")("What is it?")
    (True, False)
    """
    wanted, as_written = set(terms(words)), words.casefold().split()

    def holds(text: str) -> bool:
        return wanted <= set(terms(text)) if wanted else as_written == text.casefold().split()

    return holds


def newest(memories: Iterator[Memory], limit: int, after: str = "") -> tuple[list[Memory], str]:
    """Return the latest memories, and where the list goes on; `after` is where another one ended.

    Raises:
        ValueError: `after` is nothing that a list has ended with.
    """
    bound = _bound(after) if after else None
    rest = (memory for memory in memories if bound is None or _place(memory) < bound)
    found = heapq.nlargest(limit + 1, rest, key=_place)
    more = len(found) > limit
    found = found[:limit]
    return found, f"{found[-1].at_ms}:{found[-1].id}" if more else ""


def kept(memory: Memory) -> Kept:
    """Return a memory as its owner sees it."""
    own = memory.role is Role.PERSON and memory.author == memory.user
    return Kept(
        id=memory.id,
        text=memory.text,
        at_ms=memory.at_ms,
        kind=memory.kind.value,
        tier=memory.tier.value.removesuffix("_term"),
        author=YOU if own else memory.name or memory.author,
        persona=memory.persona,
        channel=memory.channel,
        direct=memory.direct,
        importance=round(memory.importance, 3),
        pinned=memory.pinned,
    )


def citing(ids: Collection[str], store: VectorStore, person: str) -> list[Memory]:
    """Return what was made of any of these memories of a person."""
    gone = set(ids)
    return [memory for memory in of(person, store) if gone & {*memory.sources, *memory.dependencies}]


def _place(memory: Memory) -> tuple[int, str]:
    return memory.at_ms, memory.id


def _bound(after: str) -> tuple[int, str]:
    at_ms, colon, id_ = after.partition(":")
    if not colon:
        raise ValueError("a list goes on where another one ended")
    return int(at_ms), id_
