"""How what was said leaves the transcript again, for whoever a person tells that they want it forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from tasks.contracts.exchanged import Exchanged, Exchanges


class Trace(NamedTuple):
    """An exchange by its ids: where else its words may be."""

    job: str
    first: str
    """The first job of the message."""
    session: str


class Erasing(Protocol):
    """The transcript, as far as it forgets. Every method raises TranscriptUnavailable; doing it again does it once."""

    def of_person(self, person: str) -> Sequence[Exchanged]:
        """Return all that was said by a person or to them, in order."""
        ...

    def traces(self, firsts: Collection[str]) -> Sequence[Trace]:
        """Return every exchange that came of these messages."""
        ...

    def corrected(self, person: str, until_ms: int) -> Collection[str]:
        """Return the ids under which it may be learned what a person had said until then that answers should have been.

        Those who asked may be others, of whom nothing is to be forgotten.
        """
        ...

    def erase(self, turns: Collection[tuple[str, int]]) -> int:
        """Erase turns, by the first job of the message and the number of the turn; returns how many had words."""
        ...

    def erase_person(self, person: str, until_ms: int) -> int:
        """Erase what of a person and who answered them had come until then, and who it was; returns how many turns."""
        ...

    def scour(self) -> bool:
        """Leave nothing of what was erased on the disk; False where others are in the way now, so to be asked again."""
        ...


class Transcript(Exchanges, Erasing, Protocol):
    """The transcript, for whoever remembers and forgets."""
