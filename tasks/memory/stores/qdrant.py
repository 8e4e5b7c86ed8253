"""Memories on a Qdrant server, which several processes share; or in memory, for tests."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from tasks.contracts.errors import ConfigurationError
from tasks.memory.stores.filters import All, conditions, of_version
from tasks.memory.stores.nearness import DENSE, nearest, says_all, ways_of
from tasks.memory.stores.payload import VERSION, memory_of, payload_of
from tasks.memory.stores.qdrant_errors import translated
from tasks.memory.stores.qdrant_language import filter_of, indexes, point, sparse
from tasks.memory.stores.records import record
from tasks.memory.stores.store import (
    MEANING,
    MEANING_AROUND,
    WORDS,
    WORDS_AROUND,
    Near,
    Page,
    Question,
    Records,
    Vectors,
    Versions,
)
from tasks.memory.values import EVERYTHING, Memory, Scope, Wanted, Whole

IN_MEMORY = ":memory:"
BATCH = 200
TIMEOUT_S = 5


class QdrantStore:
    """One collection of a server."""

    def __init__(self, url: str, collection: str, dimension: int, *, api_key: str = "") -> None:
        """Connect, and make the collection where there is none.

        Raises:
            MemoryUnavailable: the server does not answer.
            ConfigurationError: the vectors there have another size.
        """
        self._collection, self.dimension, self._in_memory = collection, dimension, url == IN_MEMORY
        with translated():
            if self._in_memory:
                self._client = QdrantClient(IN_MEMORY)
            else:
                self._client = _connected(url, api_key)
            self._ensure()

    def put(self, memories: Sequence[tuple[Memory, Vectors]]) -> None:
        """Keep these, each in the place of the one with the same id."""
        points = [point(memory, vectors) for memory, vectors in memories]
        with translated():
            for at in range(0, len(points), BATCH):
                self._client.upsert(self._collection, points[at : at + BATCH], wait=True)

    def amend(self, memories: Sequence[Memory]) -> None:
        """Keep what is known of these beside their vectors."""
        if not memories:
            return
        ids = [memory.id for memory in memories]
        with translated():
            found = self._client.retrieve(self._collection, ids, with_payload=False)
            there = {str(one.id) for one in found}
            for memory in memories:
                if memory.id in there:
                    self._client.set_payload(self._collection, payload_of(memory), [memory.id], wait=True)

    def get(self, ids: Sequence[str], whose: Scope | Whole) -> list[Memory]:
        """Return those of these that are there and may be seen."""
        if not ids:
            return []
        which = conditions(whose, Wanted(superseded=True), tuple(ids))
        with translated():
            found, _following = self._client.scroll(self._collection, filter_of(which), limit=len(ids))
        return [memory_of(one.payload or {}) for one in found]

    def search(self, question: Question, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 25) -> Near:
        """Return what is nearest in each way: first who is near at all, then how near each of those is in each way."""
        with translated():
            return nearest(partial(self._ask, question, whose), whose, wanted, limit)

    def vectors(self, ids: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Return the first vector of these."""
        with translated():
            found = self._client.retrieve(self._collection, list(ids), with_payload=False, with_vectors=[MEANING])
        return {str(one.id): tuple(one.vector[MEANING]) for one in found if isinstance(one.vector, dict)}  # type: ignore[arg-type]

    def page(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 100, after: str = "") -> Page:
        """Return memories by their ids, a page at a time."""
        with translated():
            found, following = self._client.scroll(
                self._collection, filter_of(conditions(whose, wanted)), limit=limit, offset=after or None
            )
        return Page(tuple(memory_of(one.payload or {}) for one in found), str(following) if following else "")

    def read(self, whose: Whole, limit: int = 100, after: str = "") -> Records:
        """Return everything there is, a page at a time."""
        which = filter_of(conditions(whose, Wanted(superseded=True)))
        with translated():
            found, following = self._client.scroll(
                self._collection, which, limit=limit, offset=after or None, with_vectors=True
            )
        return Records(tuple(record(one) for one in found), str(following) if following else "")

    def count(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING) -> int:
        """Return how many there are."""
        with translated():
            return self._count(filter_of(conditions(whose, wanted)))

    def delete(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, ids: Sequence[str] | None = None) -> int:
        """Forget those; returns how many there were."""
        which = filter_of(conditions(whose, wanted, None if ids is None else tuple(ids)))
        with translated():
            count = self._count(which)
            if count:
                self._client.delete(self._collection, models.FilterSelector(filter=which), wait=True)
        return count

    def versions(self) -> Versions:
        """Return how many memories there are of this version's form, and of later ones."""
        which = (of_version(VERSION, VERSION + 1), of_version(VERSION + 1))
        with translated():
            current, later = (self._count(filter_of(one)) for one in which)
            return Versions(self._count(filter_of(All(()))), current, later)

    def scour(self) -> bool:
        """Change nothing: the server writes over what was deleted in its own time."""
        return self._in_memory

    def index(self) -> Iterator[None]:
        """Do nothing: the server builds its graphs by itself."""
        return iter(())

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _ensure(self) -> None:
        if not self._client.collection_exists(self._collection):
            with contextlib.suppress(ApiException):  # somebody else made it in this very moment
                self._make()
        self._check()
        if self._in_memory:
            return  # it has no indexes, and says so each time
        for name, kind in indexes():
            self._client.create_payload_index(self._collection, name, kind, wait=True)

    def _make(self) -> None:
        dense = models.VectorParams(size=self.dimension, distance=models.Distance.DOT)
        sparse = models.SparseVectorParams(modifier=models.Modifier.IDF)
        self._client.create_collection(
            self._collection,
            vectors_config={MEANING: dense, MEANING_AROUND: dense},
            sparse_vectors_config={WORDS: sparse, WORDS_AROUND: sparse},
        )

    def _check(self) -> None:
        vectors = self._client.get_collection(self._collection).config.params.vectors
        kept = vectors[MEANING].size if isinstance(vectors, dict) and MEANING in vectors else 0
        if kept != self.dimension:
            raise ConfigurationError(
                f"the memories in {self._collection!r} have vectors of {kept} numbers, and the model makes "
                f"{self.dimension}",
                next_step="use the model that made them, or have them made anew",
            )

    def _count(self, which: models.Filter) -> int:
        return self._client.count(self._collection, which, exact=True).count

    def _ask(
        self, question: Question, whose: Scope | Whole, which: All, limit: int, with_payload: bool
    ) -> dict[str, list[Any]]:
        meaning, words, ways = list(question.meaning), sparse(question.words), ways_of(question)
        requests = [
            models.QueryRequest(
                query=meaning if way in DENSE else words,
                using=way,
                filter=filter_of(which),
                limit=limit,
                params=None if way in DENSE else self._rarity(whose),
                with_payload=with_payload and says_all(way, question),
            )
            for way in ways
        ]
        found = self._client.query_batch_points(self._collection, requests) if requests else []
        return dict(zip(ways, (answer.points for answer in found), strict=True))

    def _rarity(self, whose: Scope | Whole) -> models.SearchParams | None:
        """Return how rare words are: among the memories of the tenant alone."""
        if self._in_memory or not whose.tenant:
            return None
        corpus = filter_of(conditions(Whole(whose.tenant), Wanted(superseded=True)))
        return models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus))


def drop(url: str, collection: str, *, api_key: str = "") -> None:
    """Take a collection away, with all that is in it. Raises MemoryUnavailable."""
    with translated(), contextlib.closing(_connected(url, api_key)) as client:
        client.delete_collection(collection)


def collections(url: str, *, api_key: str = "") -> list[str]:
    """Return the names of all collections of a server. Raises MemoryUnavailable."""
    with translated(), contextlib.closing(_connected(url, api_key)) as client:
        return [one.name for one in client.get_collections().collections]


def _connected(url: str, api_key: str) -> QdrantClient:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a key without TLS: within one machine that is usual
        return QdrantClient(url=url, api_key=api_key or None, timeout=TIMEOUT_S, check_compatibility=False)
