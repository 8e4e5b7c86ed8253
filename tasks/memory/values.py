"""What a memory is, whose it is, who may be told of it, and what is asked for. Pure."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

NAMESPACE = uuid.UUID("6f2d3f0e-2f5b-5d0e-9a83-6b2f4f0c6a11")
"""Of the ids of memories, which are made of their sources: what is written twice is there once."""


class Tier(StrEnum):
    """How near a memory is to what was said."""

    SHORT = "short"
    """Turns, word by word."""
    WORKING = "working"
    """Open tasks, and digests of days."""
    LONG = "long"
    """Facts and summaries, each with its sources."""


class Kind(StrEnum):
    """What a memory is."""

    TURN = "turn"
    FACT = "fact"
    """What somebody asked to be remembered, or brought in."""
    DIGEST = "digest"
    """A summary; it holds the ids of what it sums up."""
    TASK = "task"


class Role(StrEnum):
    """Who said it."""

    PERSON = "person"
    PERSONA = "persona"


class Trust(StrEnum):
    """How far what a memory says may be believed."""

    SAID = "said"
    """Its author said it, and is who they are."""
    BROUGHT = "brought"
    """Somebody else brought it in: it says nothing about others than whoever did."""
    MADE = "made"
    """A model wrote it, of sources that it names."""


@dataclass(frozen=True)
class Scope:
    """Whose memories: made of the event that is answered, never of anything that somebody or a model wrote.

    In a channel a persona remembers what was said there, and what who asks wanted it to remember within the same tenant
    (a guild, a group). What was said to it alone, it remembers where it is alone with the same person.
    """

    tenant: str
    persona: str = ""
    """Who remembers; empty: any of the tenant's personas."""
    user: str = ""
    """Who asks."""
    channel: str = ""
    direct: bool = False
    """Whether nobody else reads the answer."""

    def __post_init__(self) -> None:
        if not self.tenant or not (self.user if self.direct else self.channel or self.user):
            raise ValueError("a scope has a tenant and a place: nobody searches everybody's memories")


@dataclass(frozen=True)
class Whole:
    """All memories of a tenant, or of everybody: for upkeep and for who looks after the flock, never for a reply."""

    tenant: str = ""


@dataclass(frozen=True)
class Memory:
    """One thing that is remembered."""

    source: str
    """What it came of, for ever: a job and its turn, an ingest id. The same source is the same memory."""
    tenant: str
    author: str
    """The platform's number of whoever said it; a persona's name."""
    text: str
    at_ms: int
    name: str = ""
    """How the author is called; for eyes only."""
    role: Role = Role.PERSON
    persona: str = ""
    """Who it was said to, or who said it."""
    user: str = ""
    """The person whose conversation it was: what `forget` goes by."""
    channel: str = ""
    session: str = ""
    direct: bool = False
    tier: Tier = Tier.SHORT
    kind: Kind = Kind.TURN
    trust: Trust = Trust.SAID
    importance: float = 0.0
    """From 0 to 1."""
    pinned: bool = False
    sources: tuple[str, ...] = ()
    """The ids of the memories that it sums up or took the place of."""
    around: str = ""
    """It with what was said just before and after: what it is found by, besides itself."""
    category: str = ""
    tags: tuple[str, ...] = ()
    status: str = ""
    """Of a task: pending, in_progress, completed, failed; of a digest: whether it is being written."""
    dependencies: tuple[str, ...] = ()
    """Of a task: the ids of those that come first."""
    ended_ms: int = 0
    """Of a task: when it was done, or failed; 0: it is open."""
    superseded_by: str = ""
    recalls: int = 0
    recalled_ms: int = 0
    model: str = ""
    """What made its vectors."""
    context: str = ""
    """What whoever wrote it down says that it is about."""
    metadata: str = ""
    """What else they say of it, as JSON; nothing is found by it."""

    @property
    def id(self) -> str:
        """Return its id, which is the same for the same source of the same tenant."""
        return id_of(self.tenant, self.source)

    @property
    def digest(self) -> str:
        """Return what tells whether another one says the very same."""
        said = f"{self.tenant}\x1f{self.author}\x1f{' '.join(self.text.casefold().split())}"
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class Between:
    """A stretch of time, in milliseconds; `to_ms` is not in it. None is no bound."""

    from_ms: int | None = None
    to_ms: int | None = None

    def holds(self, at_ms: int) -> bool:
        """Return whether a moment is in it."""
        return (self.from_ms is None or at_ms >= self.from_ms) and (self.to_ms is None or at_ms < self.to_ms)


ALWAYS = Between()


@dataclass(frozen=True)
class Wanted:
    """Which memories, beside whose. What is empty is no bound; all of it must hold."""

    tiers: frozenset[Tier] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    authors: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    when: Between = ALWAYS
    least_importance: float = 0.0
    superseded: bool = False
    """Whether those that another one took the place of are among them."""


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Parts:
    """How near a memory is to a question, in four ways. The first two are cosines, the others BM25 scores."""

    meaning: float = 0.0
    meaning_around: float = 0.0
    words: float = 0.0
    words_around: float = 0.0


@dataclass(frozen=True)
class Found:
    """A memory that answers a question, and how well."""

    memory: Memory
    score: float
    parts: Parts = field(default_factory=Parts)
    vector: tuple[float, ...] = ()
    """Its own vector, where it was asked for."""


def id_of(tenant: str, source: str) -> str:
    """Return the id of the memory of a source.

    >>> id_of("discord:1", "job:0") == id_of("discord:1", "job:0") != id_of("discord:2", "job:0")
    True
    """
    return str(uuid.uuid5(NAMESPACE, f"{tenant}\x1f{source}"))
