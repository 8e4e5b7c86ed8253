"""What the moves of hosts give: what a host sees of the fleet, and what has been counted. Values, nothing that acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from tasks.jobs.demand import Demand
from tasks.jobs.values import Word as Word  # part of what hosts are told, and so of this file too


class Took(StrEnum):
    """What became of the wish to load a model."""

    OURS = "ours"
    TAKEN = "taken"
    """Another host is at it."""
    CHANGED = "changed"
    """It is not as the host saw it: look again."""
    FENCED = "fenced"


class Tripped(StrEnum):
    """How far a model that fails on a host is trusted with jobs."""

    OPEN = "open"
    """Not at all."""
    PROBATION = "probation"
    """One job at a time."""


@dataclass(frozen=True, slots=True)
class Held:
    """A model that the host holds, as the ledger knows it."""

    slug: str
    busy: int
    """Jobs in hand on this host."""
    unused_s: float | None
    """Since the last one ended or the load did; None when there was none yet."""
    demand: Demand
    """With a count of 0 where nobody waits whom this host may serve; `holders` is there in any case."""

    @property
    def copies(self) -> int:
        """Hosts that have it ready."""
        return sum(holder.ready for holder in self.demand.holders)


@dataclass(frozen=True, slots=True)
class FleetLook:
    """What a host sees of the fleet at one moment."""

    now_ms: int
    word: Word
    version: str
    """Of the fleet file that its owner published; empty where nobody has."""
    residents: tuple[Held, ...]
    candidates: tuple[Demand, ...]
    """Models that people wait for, that this host may hold and does not: those longest without a turn, and the oldest
    heads. At most 32, each with at most 64 jobs; without any job that only other hosts may serve."""
    claimed_gib: float = 0.0
    """Of its memory, that something else than models needs for a while."""


@dataclass(frozen=True)
class Tally:
    """What has been counted of a model, of a host, or of all."""

    submitted: int = 0
    hits: int = 0
    """Jobs whose model was ready somewhere when they came."""
    served: int = 0
    shed: int = 0
    """Never begun before their time was over."""
    late: int = 0
    """Begun, and not done in time."""
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    loads: int = 0
    failed_loads: int = 0
    load_ms: int = 0
    """Of all loads together."""
    load_mib: int = 0
    unloads: int = 0
    """Times that a host gave it up."""
    swaps: int = 0
    """Loads that had another model go."""
    swapped: int = 0
    """Those of them that came to their end."""
    swap_ms: int = 0
    """Of all of these together, each from its claim until the new model was served."""
    forced: int = 0
    """Swaps in which that one was at work, or people waited for it."""

    @property
    def hit_rate(self) -> float | None:
        """The share of jobs whose model was ready when they came."""
        return self.hits / self.submitted if self.submitted else None

    @property
    def load_s(self) -> float | None:
        """How long a load takes on average."""
        return self.load_ms / self.loads / 1000 if self.loads else None

    @property
    def swap_s(self) -> float | None:
        """How long it takes on average until another model is served in the place of one that was there."""
        return self.swap_ms / self.swapped / 1000 if self.swapped else None

    @property
    def forced_share(self) -> float | None:
        """The share of swaps that were forced."""
        return self.forced / self.swaps if self.swaps else None

    def public(self) -> dict[str, int | float | None]:
        """Return what `--json` shows."""
        rates = {"hit_rate": self.hit_rate, "load_s": self.load_s, "swap_s": self.swap_s}
        return {**asdict(self), **rates, "forced_share": self.forced_share}

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        """Return what some tallies come to together."""
        parts = list(tallies)
        return cls(**{field.name: sum(getattr(each, field.name) for each in parts) for field in fields(cls)})


@dataclass(frozen=True)
class FleetStats:
    """What has happened since the ledger began."""

    by_place: Mapping[tuple[str, str], Tally]
    """By slug and host; the host is empty for what happened at none."""

    def model(self, slug: str) -> Tally:
        """Return the counts of a model."""
        return Tally.sum(tally for (each, _), tally in self.by_place.items() if each == slug)

    def by_model(self) -> dict[str, Tally]:
        """Return the counts of each model, by slug."""
        return {slug: self.model(slug) for slug in self.models}

    def host(self, name: str) -> Tally:
        """Return the counts of a host."""
        return Tally.sum(tally for (_, each), tally in self.by_place.items() if each == name)

    @property
    def total(self) -> Tally:
        """The counts of all."""
        return Tally.sum(self.by_place.values())

    def public(self) -> dict[str, Any]:
        """Return what `--json` shows: the counts of all, of each model and of each host."""
        return {
            "total": self.total.public(),
            "models": {slug: tally.public() for slug, tally in self.by_model().items()},
            "hosts": {host: self.host(host).public() for host in self.hosts},
        }

    @property
    def models(self) -> tuple[str, ...]:
        """The slugs that were counted."""
        return tuple(sorted({slug for slug, _ in self.by_place}))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were counted."""
        return tuple(sorted({host for _, host in self.by_place if host}))
