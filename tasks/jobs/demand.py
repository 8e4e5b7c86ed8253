"""What the ledger tells a host that decides what to hold: who waits for a model, how long still, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """A host that has a model in memory, or is loading it."""

    host: str
    slots: int
    ready: bool
    """False while it loads."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A bounded look into the waiting room of one model; `ages_s`, `lefts_s`, `stands_for` are of the same jobs.

    The oldest job is among them. Where more wait than are looked at, those of people are seen beside those of other
    classes, so that no backlog of batch work hides a person, and the looks are spread evenly over each class: among the
    oldest alone would be mostly those that are beyond help.
    """

    slug: str
    count: int
    """All that wait, also beyond the look."""
    ages_s: tuple[float, ...] = ()
    """Seconds since each became queued."""
    lefts_s: tuple[float, ...] = ()
    """Seconds until the deadline of each."""
    turn_s: float = 0.0
    """Seconds since its demand began or since its last start, whichever is later; an expiry does not touch it."""
    service_s: float | None = None
    """How long its answers take from claim to end, a moving average; None before the first."""
    holders: tuple[Holder, ...] = ()
    reserved_by: str = ""
    """The host that keeps its next load for it; empty where nobody does."""
    stands_for: tuple[float, ...] = ()
    """For how many jobs each stands that was looked at; empty: for itself alone."""
