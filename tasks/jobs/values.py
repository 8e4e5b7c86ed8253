"""What the ledger's moves take and give: values, nothing that acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest, Turn
from tasks.contracts.sections import Jobs

T = TypeVar("T")
MS = 1000


@dataclass(frozen=True)
class Move(Generic[T]):
    """One atomic step of the ledger."""

    script: str
    args: tuple[str | int, ...]
    read: Callable[[Any], T]
    rings: bool = True
    """Whether the step may put a bell on a queue and so needs to be handed one."""


class Word(StrEnum):
    """What a host is told to do."""

    RUN = "run"
    PAUSE = "pause"
    """Claim and load nothing new; finish what is in hand; stay."""
    DRAIN = "drain"
    """The same, and leave when nothing is in hand any more."""


def says(word: str) -> Callable[[Any], bool]:
    """Return how to read a script that answers with one of two words."""
    return lambda answer: bool(answer == word)


@dataclass(frozen=True)
class Ways:
    """How jobs live here: what `[jobs]` in the fleet file says, copied into each record at submit."""

    lease_ms: int = 15_000
    tries: int = 3
    life_s: int = 172_800
    text_life_s: int = 3_600
    window_turns: int = 40
    recall_ms: int = 1_500
    fallback_ms: int = 10_000
    archive: bool = False
    """Whether what was said is kept for longer than Redis keeps it."""

    @classmethod
    def of(cls, jobs: Jobs, *, archive: bool = False) -> Ways:
        """Return the ways that the fleet file asks for; `archive` is what `[transcript]` says."""
        return cls(
            lease_ms=int(jobs.lease_s * MS),
            tries=jobs.attempts,
            life_s=int(jobs.record_life_s),
            text_life_s=int(jobs.text_life_s),
            window_turns=jobs.window_turns,
            recall_ms=int(jobs.recall_timeout_s * MS),
            fallback_ms=int(jobs.fallback_after_s * MS),
            archive=archive,
        )


@dataclass(frozen=True)
class Accepted:
    """What the ledger said to a submit."""

    job: str
    state: JobState
    fresh: bool
    """False: this very event was accepted before."""
    hosted: bool
    """False: no host is up for the model; the job waits longer than usual."""


@dataclass(frozen=True)
class Swept:
    """What a sweeper's look came to."""

    leads: bool = False
    moved: int = 0
    """Jobs that were looked at because their time had come."""
    rung: int = 0
    """Bells."""
    told: tuple[str, ...] = ()
    """Jobs that ended in a notice."""
    rerouted: tuple[str, ...] = ()
    """Jobs that went on to another model or host, since theirs was gone."""


@dataclass(frozen=True)
class Claim:
    """A job in a worker's hands, with all that is needed to answer it."""

    job: str
    fence: int
    request: JobRequest
    window: tuple[Turn, ...]
    recalled: str
    deadline_ms: int
    received_ms: int
    claimed_ms: int
    attempts: int
    more: bool = False
    """Others wait for the model."""
    window_turns: int = 0
    """Turns that the session may have; 0: what comes of it joins none."""
    condensed: str = ""
    """What stands for the older messages of the session: see `tasks.jobs.condensing`."""


@dataclass(frozen=True)
class Fenced:
    """The host's own name has been taken over, or its presence has lapsed: stop claiming."""


@dataclass(frozen=True)
class PassedOn(Fenced):
    """Only other hosts may serve who waits: leave the bells to them."""


@dataclass(frozen=True)
class Paused(Fenced):
    """The host was told to take no work, or gives the model up: claim nothing new."""


@dataclass(frozen=True)
class Delivery:
    """An outcome in a bot's hands, and what of it has arrived before."""

    job: str
    fence: int
    view: JobView
    request: JobRequest
    sent: dict[str, str]


@dataclass(frozen=True)
class Backlog:
    """What waits for one model."""

    slug: str
    waiting: int
    oldest_ms: int
    bells: int
    turn_ms: int = 0
    """When its demand began or one of its jobs was last begun: long ago where a model gets no turn."""
    slots: int = 0
    """Answers that the hosts which hold it can be at together."""
    loading: str = ""
    """The host that loads it now."""
    eta_s: float | None = None
    """How long who asks now would wait for the whole answer; None where nobody can tell."""
    people: int = 0
    """Of those who wait, the jobs that a person waits for."""
    head: str = ""
    """The job that has waited longest; fairness may let others go before it."""


@dataclass(frozen=True)
class HostSeen:
    """A host as its agent last described it."""

    name: str
    live: bool
    fence: int
    about: dict[str, Any]
    word: Word = Word.RUN
    """What it was told to do."""
    beat_ms: int = 0
    """When it last said that it lives; 0 for never."""


@dataclass(frozen=True)
class Status:
    """The flock at a glance, at Redis time `now_ms`."""

    now_ms: int
    heartbeat_ms: int
    """When a worker last heard beat; 0 for never."""
    live: int
    dead: int
    backlogs: tuple[Backlog, ...]
    hosts: tuple[HostSeen, ...]

    @property
    def longest_without_turn(self) -> Backlog | None:
        """The model that waits and had no turn for longest; None where nobody waits."""
        return min(self.backlogs, key=lambda backlog: backlog.turn_ms, default=None)


class HostCard(BaseModel):
    """What a claim says of the host that asks."""

    name: str
    fence: int
    slots: int
    labels: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    cloud: bool = False
