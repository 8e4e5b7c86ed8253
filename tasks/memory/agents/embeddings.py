"""Vectors of texts by the names that agents know them by; what makes them is an `Embedder`."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.memory.embedders.embedding import Embedder, similarity


class MemoryEmbeddings:
    """Makes vectors of texts, and says how near two texts are."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def dimension(self) -> int:
        """How many numbers a vector has: 384 of all-MiniLM-L6-v2, 768 of all-mpnet-base-v2."""
        return self._embedder.dimension

    def embed_conversation(self, text: str) -> list[float]:
        """Return the vector of a text, of length 1."""
        return self._embedder.embed([text])[0]

    def embed_batch(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vector of each text, as it is alone."""
        return self._embedder.embed(texts) if texts else []

    def compute_similarity(self, text1: str, text2: str) -> float:
        """Return how near two texts are: 1 is the same, 0 has nothing to do with it."""
        return similarity(*self._embedder.embed([text1, text2]))
