"""What is said to Qdrant's engine within this process, and what it says: points, filters, indexes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import qdrant_edge as q

from tasks.memory.stores import payload
from tasks.memory.stores.filters import All, Condition, Is, Named, Some, Within
from tasks.memory.stores.payload import payload_of
from tasks.memory.stores.store import MEANING, MEANING_AROUND, WORDS, WORDS_AROUND, Vectors, Weighed
from tasks.memory.values import Memory

EDGES, CANDIDATES = 16, 64  # of each memory in the graph; among how many they are chosen
CAREFUL = 128  # how many are looked at for one question
PLAIN_KB = 10_000  # of vectors that a question may see: fewer are all compared
LEAST_KB = 1  # of vectors: whether there are enough is ours to say


def point(memory: Memory, vectors: Vectors) -> Any:
    """Return a memory as the engine keeps it."""
    made = {
        MEANING: list(vectors.meaning),
        MEANING_AROUND: list(vectors.meaning_around),
        WORDS: sparse(vectors.words),
        WORDS_AROUND: sparse(vectors.words_around),
    }
    return q.Point(id=memory.id, vector=made, payload=payload_of(memory))


def config(dimension: int, *, with_graph: bool = False) -> Any:
    """Return what a shard is made with, or opened with to be given its graph, however little is in it."""
    dense = q.EdgeVectorParams(size=dimension, distance=q.Distance.Dot)  # of length 1 already
    sparse = q.EdgeSparseVectorParams(modifier=q.Modifier.Idf)
    return q.EdgeConfig(
        vectors=dict.fromkeys((MEANING, MEANING_AROUND), dense),
        sparse_vectors=dict.fromkeys((WORDS, WORDS_AROUND), sparse),
        hnsw_config=q.HnswIndexConfig(EDGES, CANDIDATES, PLAIN_KB) if with_graph else None,
        optimizers=q.EdgeOptimizersConfig(indexing_threshold=LEAST_KB) if with_graph else None,
    )


def near_enough() -> Any:
    """Return how carefully vectors are looked for where there is a graph; without one all are compared."""
    return q.SearchParams(hnsw_ef=CAREFUL)


def indexes() -> Iterator[tuple[str, Any]]:
    """Yield what memories are looked for by, and of which sort each is."""
    kinds = q.PayloadSchemaType
    yield payload.TENANT, kinds.Keyword
    yield from ((name, kinds.Keyword) for name in (*payload.KEYWORDS, *payload.FLAGS))
    yield from ((name, kinds.Integer) for name in payload.NUMBERS)
    yield from ((name, kinds.Float) for name in payload.FRACTIONS)


def sparse(words: Weighed) -> Any:
    """Return words as the engine takes them."""
    return q.SparseVector(list(words), list(words.values()))


def filter_of(which: All) -> Any:
    """Return conditions as the engine takes them."""
    return q.Filter(must=[_condition(one) for one in which.of])


def _condition(condition: Condition) -> Any:
    match condition:
        case Is(field, values) if len(values) == 1:
            return q.FieldCondition(key=field, match=q.MatchValue(values[0]))
        case Is(field, values):
            return q.FieldCondition(key=field, match=q.MatchAny(list(values)))
        case Within(field, least, below):
            return q.FieldCondition(key=field, range=q.RangeFloat(gte=least, lt=below))
        case Named(ids):
            return q.HasIdCondition(set(ids))
        case All():
            return filter_of(condition)
        case Some(of):
            return q.Filter(should=[_condition(one) for one in of])
