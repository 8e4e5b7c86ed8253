"""From a question to the memories that answer it: looked for in four ways, weighed, each thing told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tasks.memory import indexing
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.importance import JUNK
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import ALWAYS, EVERYTHING, Found, Memory, Parts, Scope, Wanted, Whole
from tasks.memory.weighing import USUAL, Weights, blended, each_once, varied
from tasks.memory.when import when

CANDIDATES = 48  # of each way; what is not among them in any way answers nothing
LEAST_NEAR = 0.15  # a cosine below it says nothing, where no word is shared either
RANKED = 3  # times as many as are wanted are looked at for being alike


Telling = Callable[[Memory, Parts], bool]


def tells(memory: Memory, parts: Parts) -> bool:
    """Return whether a memory has anything to do with a question, and is more than small talk."""
    words = parts.words > 0 or parts.words_around > 0
    near = words or max(parts.meaning, parts.meaning_around) >= LEAST_NEAR
    return near and (memory.importance > JUNK or memory.pinned)


def find(
    question: str,
    scope: Scope | Whole,
    store: VectorStore,
    embedder: Embedder,
    now_ms: int,
    *,
    limit: int,
    wanted: Wanted = EVERYTHING,
    weights: Weights = USUAL,
    telling: Telling = tells,
) -> list[Found]:
    """Return up to `limit` memories that answer a question, the best first, of those that are worth `telling`.

    A time that the question names bounds the search; where nothing is found then, it bounds nothing.

    Raises:
        MemoryUnavailable: the store does not answer.
    """
    asked = indexing.asked(question, embedder)
    between = when(question, now_ms)
    bounded = wanted if wanted.when != ALWAYS else replace(wanted, when=between)
    near = store.search(asked, scope, bounded, CANDIDATES)
    if not near.memories and bounded != wanted:
        near = store.search(asked, scope, wanted, CANDIDATES)
    worth = {id_: memory for id_, memory in near.memories.items() if telling(memory, near.parts[id_])}
    parts = {id_: near.parts[id_] for id_ in worth}
    best = each_once(blended(worth, parts, now_ms, weights))
    return varied(_with_vectors(best[: limit * RANKED], store), limit)


def _with_vectors(found: Sequence[Found], store: VectorStore) -> list[Found]:
    vectors = store.vectors([one.memory.id for one in found]) if len(found) > 1 else {}
    return [replace(one, vector=vectors.get(one.memory.id, ())) for one in found]
