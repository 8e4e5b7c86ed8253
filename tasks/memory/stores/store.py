"""What keeps memories and finds them again. Two are here: a Qdrant server, and one within this very process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tasks.memory.values import EVERYTHING, Memory, Parts, Scope, Wanted, Whole

#: The names of the vectors of a memory.
MEANING, MEANING_AROUND, WORDS, WORDS_AROUND = "meaning", "meaning_around", "words", "words_around"
Vector = Sequence[float]
Weighed = Mapping[int, float]
"""Terms by their numbers, with what each weighs."""


@dataclass(frozen=True)
class Vectors:
    """What a memory is found by. The dense ones have length 1."""

    meaning: Vector
    meaning_around: Vector
    words: Weighed
    words_around: Weighed


@dataclass(frozen=True)
class Question:
    """What is looked for."""

    meaning: Vector
    words: Weighed


@dataclass(frozen=True)
class Near:
    """What is near a question, each with how near it is."""

    memories: Mapping[str, Memory]
    parts: Mapping[str, Parts]


@dataclass(frozen=True)
class Page:
    """Some memories, by their ids."""

    memories: tuple[Memory, ...]
    after: str = ""
    """Where the next page begins; empty: this is the last."""


@dataclass(frozen=True)
class Records:
    """Some memories with all that they are found by, by their ids."""

    records: tuple[tuple[Memory, Vectors], ...]
    after: str = ""
    """Where the next of them begin; empty: these are the last."""


@dataclass(frozen=True)
class Versions:
    """How many memories have which form."""

    all: int
    current: int
    later: int


class VectorStore(Protocol):
    """Keeps memories. Nothing is read or deleted without saying whose.

    Every method raises MemoryUnavailable where it cannot be done now; nothing is half done then that doing it again
    does not make whole.
    """

    @property
    def dimension(self) -> int:
        """How many numbers a dense vector has here."""

    def put(self, memories: Sequence[tuple[Memory, Vectors]]) -> None:
        """Keep these for good, each in the place of the one with the same id."""

    def amend(self, memories: Sequence[Memory]) -> None:
        """Keep what is known of those of these that are there, beside their vectors and words."""

    def get(self, ids: Sequence[str], whose: Scope | Whole) -> list[Memory]:
        """Return those of these that are there and may be seen."""

    def search(self, question: Question, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 25) -> Near:
        """Return what is nearest in each of the four ways, up to `limit` of each way."""

    def vectors(self, ids: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Return the first vector of these."""

    def page(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, limit: int = 100, after: str = "") -> Page:
        """Return memories by their ids, a page at a time."""

    def read(self, whose: Whole, limit: int = 100, after: str = "") -> Records:
        """Return everything there is, superseded or not, to be copied or moved, a page at a time."""

    def count(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING) -> int:
        """Return how many there are."""

    def delete(self, whose: Scope | Whole, wanted: Wanted = EVERYTHING, ids: Sequence[str] | None = None) -> int:
        """Forget those; returns how many there were."""

    def versions(self) -> Versions:
        """Return how many memories there are of this version's form, and of later ones."""

    def scour(self) -> bool:
        """Take what was deleted off the disk, where it may be read by others yet; False: that is up to a server."""

    def index(self) -> Iterator[None]:
        """Have many memories found faster from then on, a moment at a time, for as long as that is worth it.

        Nobody waits for that. Raises MemoryUnavailable: they are found as before.
        """

    def close(self) -> None:
        """Let go of it. Idempotent."""
