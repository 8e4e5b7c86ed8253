"""What was asked and answered, as it goes on to whoever remembers it."""

from __future__ import annotations

from dataclasses import dataclass


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
