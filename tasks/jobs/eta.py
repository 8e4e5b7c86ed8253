"""How long a job that waits for a host still takes, as far as the ledger can tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prospects:
    """What a job that waits for a host may go by."""

    ahead: int
    """Jobs for its model that have waited longer."""
    busy: int
    """Jobs of its model in hand."""
    slots: int
    """Answers that those who hold its model can be at together."""
    pace_s: float | None = None
    """What an answer takes, from claim to end; None before the first."""
    loading_slots: int = 0
    """Those of the host that loads its model; 0 where none does."""
    loading_for_s: float = 0.0
    load_s: float | None = None
    """What the last load of its model took; None before the first."""


def eta_s(prospects: Prospects) -> float | None:
    """Return the seconds until its answer is whole; None where nobody can tell.

    Answers are taken to end one after the other, evenly. Fairness may let a job go sooner or later than that.

    >>> eta_s(Prospects(ahead=3, busy=2, slots=2, pace_s=10.0))
    30.0
    """
    slots = prospects.slots or prospects.loading_slots
    if prospects.pace_s is None or not slots:
        return None
    load_s = 0.0
    if not prospects.slots:
        if prospects.load_s is None:
            return None
        load_s = max(0.0, prospects.load_s - prospects.loading_for_s)
    before = max(0, prospects.ahead + prospects.busy + 1 - slots)  # answers that end before it begins
    return load_s + before * prospects.pace_s / slots + prospects.pace_s
