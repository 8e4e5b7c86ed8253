"""Who agreed that is learned from what they say, and in which channels nobody's words are learned from. Durable.

Nobody agrees by saying nothing. A consent has an id, so that what was trained can tell by whose consents it was; who
takes one back and agrees again has given another.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.jobs import record
from tasks.jobs.values import Move

ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody agreed."""

    id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one person in one channel."""

    agreed: Consent | None
    """None: nothing is learned from what the person says, here or anywhere."""
    closed: bool
    """Whether nobody's words of the channel are learned from, whatever they agreed to."""


@dataclass(frozen=True)
class Consents:
    """Everybody's, as they stood at one moment."""

    people: Mapping[str, Consent] = field(default_factory=dict)
    """By the ids of those who agreed, such as `discord:1234`."""
    closed: frozenset[str] = frozenset()
    """Channels, such as `discord:5678`."""

    def allow(self, people: Iterable[str], channel: str = "") -> bool:
        """Return whether all of these agreed, and the channel lets its words be learned from.

        >>> Consents({"web:local": Consent("a1", 0)}).allow(["web:local"]), Consents().allow(["web:local"])
        (True, False)
        """
        return channel not in self.closed and all(person in self.people for person in people)

    def ids(self, people: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of the consents of those among these who gave one, in order."""
        return tuple(sorted({self.people[person].id for person in people if person in self.people}))


def agree(person: str) -> Move[Consent]:
    """Let it be learned from what a person said and says; who agreed before keeps the consent that they gave then."""

    def read(answer: str) -> Consent:
        found = _read(answer)
        assert found is not None
        return found

    return Move("consents", ("agree", person, secrets.token_hex(ID_BYTES)), read, rings=False)


def withdraw(person: str) -> Move[bool]:
    """Let nothing be learned any more from what a person said; False: they had not agreed."""
    return Move("consents", ("withdraw", person), bool, rings=False)


def close(channel: str, who: str) -> Move[bool]:
    """Let nothing be learned from what anybody says in a channel, as `who` decides; False: so it was."""
    return Move("consents", ("close", channel, who), bool, rings=False)


def reopen(channel: str) -> Move[bool]:
    """Leave it to those who speak in a channel again; False: so it was."""
    return Move("consents", ("open", channel), bool, rings=False)


def look(person: str, channel: str = "") -> Move[Standing]:
    """Return how it stands with one person in one channel."""

    def read(answer: list[str]) -> Standing:
        person_said, channel_said = answer
        return Standing(_read(person_said), bool(channel_said))

    return Move("consents", ("look", person, channel), read, rings=False)


def every() -> Move[Consents]:
    """Return all that there is."""

    def read(answer: list[Any]) -> Consents:
        people, channels = map(record.paired, answer)
        agreed = {person: consent for person, said in people.items() if (consent := _read(said))}
        return Consents(agreed, frozenset(channels))

    return Move("consents", ("all",), read, rings=False)


def _read(said: str) -> Consent | None:
    id_, _, at_ms = said.rpartition(" ")
    return Consent(id_, int(at_ms)) if id_ else None
