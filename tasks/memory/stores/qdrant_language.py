"""What is said to a Qdrant server, and what it says: points, filters, indexes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qdrant_client import models

from tasks.memory.stores import payload
from tasks.memory.stores.filters import All, Condition, Is, Named, Some, Within
from tasks.memory.stores.payload import payload_of
from tasks.memory.stores.store import MEANING, MEANING_AROUND, WORDS, WORDS_AROUND, Vectors, Weighed
from tasks.memory.values import Memory


def point(memory: Memory, vectors: Vectors) -> models.PointStruct:
    """Return a memory as the server keeps it."""
    made: dict[str, Any] = {
        MEANING: list(vectors.meaning),
        MEANING_AROUND: list(vectors.meaning_around),
        WORDS: sparse(vectors.words),
        WORDS_AROUND: sparse(vectors.words_around),
    }
    return models.PointStruct(id=memory.id, vector=made, payload=payload_of(memory))


def indexes() -> Iterator[tuple[str, Any]]:
    """Yield what memories are looked for by, and of which sort each is."""
    kinds = models.PayloadSchemaType
    yield payload.TENANT, models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
    yield from ((name, kinds.KEYWORD) for name in (*payload.KEYWORDS, *payload.FLAGS))
    yield from ((name, kinds.INTEGER) for name in payload.NUMBERS)
    yield from ((name, kinds.FLOAT) for name in payload.FRACTIONS)


def sparse(words: Weighed) -> models.SparseVector:
    """Return words as the server takes them."""
    return models.SparseVector(indices=list(words), values=list(words.values()))


def filter_of(which: All) -> models.Filter:
    """Return conditions as the server takes them."""
    return models.Filter(must=[_condition(one) for one in which.of])


def _condition(condition: Condition) -> Any:
    match condition:
        case Is(field, values) if len(values) == 1:
            return models.FieldCondition(key=field, match=models.MatchValue(value=values[0]))
        case Is(field, values):
            return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
        case Within(field, least, below):
            return models.FieldCondition(key=field, range=models.Range(gte=least, lt=below))
        case Named(ids):
            return models.HasIdCondition(has_id=list(ids))
        case All():
            return filter_of(condition)
        case Some(of):
            return models.Filter(should=[_condition(one) for one in of])
