"""What was asked and answered, as it goes on to whoever remembers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Exchanged:
    """A question and its reply, both of which arrived, as memories are made of them."""

    number: int
    """Its row in the transcript; they only grow."""
    first: str
    """The first job of the message, however often it was answered."""
    tenant: str
    session: str
    user: str
    """The person."""
    persona: str
    channel: str
    direct: bool
    remembered: bool
    """Whether it is to become memories: its persona had any when it was asked, and it ended in a reply."""
    question: str
    reply: str
    asked_ms: int
    answered_ms: int
    fact: bool = False
    """Whether a person had it kept as something to know, and not as something that was said."""
    brought: bool = False
    """Whether it was said elsewhere and brought in: then it is one person's words, as whoever brought them says."""
    noted_ms: int = 0
    """Of a person's notes: when they were brought in, however long before that they were written; else 0."""

    @property
    def came_ms(self) -> int:
        """Return when it came here: who wants everything forgotten means what had come until then."""
        return self.noted_ms or self.asked_ms


class Exchanges(Protocol):
    """The transcript as memory reads it. Every method raises TranscriptUnavailable."""

    def after(self, number: int, at_most: int) -> Sequence[Exchanged]:
        """Return what was written down after a row, in order; nothing that is still to come will stand before it."""
        ...

    def before(self, said: Exchanged) -> Exchanged | None:
        """Return what was said before in the same session, if that is to be remembered."""
        ...

    def newest(self) -> int:
        """Return the number of the last row; 0 where there is none."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
