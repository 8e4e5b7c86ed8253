"""What a host sees when it decides what to hold, and what it may decide: plain values, no clock and no store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tasks.jobs.demand import Demand


class ResidentState(StrEnum):
    """Where a model stands on this host."""

    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Resident:
    """A model in this host's memory. Models that share what the engine really loads share its `slug` here."""

    slug: str
    size_gib: float
    load_s: float
    """What loading it again would take on this host."""
    state: ResidentState
    busy: int
    """Answers in hand on this host."""
    ready_for_s: float
    unused_for_s: float
    """Since the last answer ended, or since it became ready."""
    copies: int
    """Hosts that hold it, this one included."""
    pinned: bool = False
    demand: Demand | None = None
    """None where nobody waits."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that people wait for, that this host does not hold and may."""

    demand: Demand
    size_gib: float
    load_s: float
    """What loading it would take on this host."""


@dataclass(frozen=True, slots=True)
class HostView:
    """All that one decision looks at."""

    host: str
    memory_gib: float
    free_gib: float
    """The budget less residents and foreign loads; negative when somebody else took more than was left."""
    residents: tuple[Resident, ...]
    candidates: tuple[Candidate, ...]
    """In no particular order; the policy orders them."""
    loading: bool
    """A load is under way or waits for a drain: nothing else is begun."""
    reserved: str = ""
    """The starving model that this host keeps its next load for."""
    max_models: int | None = None
    reads_gib_s: float = 0.0
    """How fast answers come here: GiB of weights read per second (tokens per second times the model's size), as
    measured; 0 where nothing was. Among hosts with free memory a faster one goes first."""


class Mode(StrEnum):
    """What a claim of a load asks the ledger to hold to."""

    ANY = "any"
    """Nobody else may be loading it."""
    COPIES = "copies"
    """Besides, no last copy of a victim may go."""
    IDLE = "idle"
    """Besides, no victim may be in use or waited for: nobody asked for this load yet."""


@dataclass(frozen=True, slots=True)
class Load:
    """Take `slug` into memory once `evict` have drained."""

    slug: str
    evict: tuple[str, ...]
    bid: float
    """The lower, the sooner the claim is made: so the host that it fits best goes first."""
    mode: Mode
    why: str
    """For `explain` and the log, in words."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Keep the next load of this host for a starving model that fits nowhere yet."""

    slug: str
    eligible_in_s: float
    """When enough residents will have had their minimum residence: the host with the smallest one goes first."""


Decision = Load | Reserve | None
