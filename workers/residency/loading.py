"""One load of a model from its claim to its end, as values: what may follow what. Pure; the keeper acts on it.

claimed ─▶ draining ─▶ loading ─▶ starting ─▶ done
   └──────────┴───────────┴──────────┴──────▶ failed
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Stage(StrEnum):
    """How far a load has come."""

    CLAIMED = "claimed"
    DRAINING = "draining"
    """Those that go finish what they hold."""
    LOADING = "loading"
    STARTING = "starting"
    """The model is in memory; its worker is not there yet."""
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a load came to nothing."""

    kind: str
    """The name of its error."""
    reason: str
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The ledger has given this host the load, or it needs none; `evicted` have to go first."""

    evicted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gone:
    """A model has left this host's memory."""

    slug: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The engine has the model."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Its worker hears bells."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It will not come to anything."""

    failure: Failure


Event = Begun | Gone | Loaded | Serving | Failed


@dataclass(frozen=True, slots=True)
class Loading:
    """A load as it stands."""

    slug: str
    began_s: float
    """By the host's own clock, as are all times here."""
    claimed: bool = True
    """Whether the ledger knows of it: what a host loads by itself at its start is its own business."""
    found: bool = False
    """It was in memory before anybody asked for it here."""
    why: str = ""
    stage: Stage = Stage.CLAIMED
    awaited: frozenset[str] = frozenset()
    """Who has yet to go."""
    entered_s: float = 0.0
    """When this stage began."""
    load_s: float | None = None
    """What taking it into memory took, once it is there."""
    failure: Failure | None = field(default=None)

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self.stage in (Stage.DONE, Stage.FAILED)


def advance(load: Loading, event: Event, now_s: float) -> Loading:
    """Return the load after an event. One that comes late, or out of turn, changes nothing."""
    if load.ended:
        return load
    match event, load.stage:
        case Failed(failure), _:
            return replace(load, stage=Stage.FAILED, entered_s=now_s, failure=failure)
        case Begun(evicted), Stage.CLAIMED:
            stage = Stage.DRAINING if evicted else Stage.LOADING
            return replace(load, stage=stage, entered_s=now_s, awaited=evicted)
        case Gone(slug), Stage.DRAINING if slug in load.awaited:
            awaited = load.awaited - {slug}
            if awaited:
                return replace(load, awaited=awaited)
            return replace(load, stage=Stage.LOADING, entered_s=now_s, awaited=awaited)
        case Loaded(), Stage.LOADING:
            return replace(load, stage=Stage.STARTING, entered_s=now_s, load_s=now_s - load.entered_s)
        case Serving(), Stage.STARTING:
            return replace(load, stage=Stage.DONE, entered_s=now_s)
    return load


def is_late(load: Loading, now_s: float, load_timeout_s: float) -> bool:
    """Return whether a load takes too long. Drains have no limit here: answers in hand have their own deadlines."""
    return load.stage in (Stage.LOADING, Stage.STARTING) and now_s - load.entered_s > load_timeout_s
