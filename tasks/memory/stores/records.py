"""A memory as Qdrant gives it back, the engine within this process and the server in the same words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.memory.stores.payload import memory_of
from tasks.memory.stores.store import MEANING, MEANING_AROUND, WORDS, WORDS_AROUND, Vectors, Weighed
from tasks.memory.values import Memory


def record(found: Any) -> tuple[Memory, Vectors]:
    """Return a memory that was kept, with all that it is found by."""
    vectors: Mapping[str, Any] = found.vector
    made = Vectors(
        vectors[MEANING],
        vectors[MEANING_AROUND],
        _weighed(vectors.get(WORDS)),
        _weighed(vectors.get(WORDS_AROUND)),
    )
    return memory_of(found.payload or {}), made


def _weighed(words: Any) -> Weighed:
    return dict(zip(words.indices, words.values, strict=True)) if words is not None else {}
