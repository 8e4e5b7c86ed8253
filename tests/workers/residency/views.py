"""Views of a host, short enough to write a table of decisions with."""

from __future__ import annotations

from typing import Any

from tasks.jobs.demand import Demand, Holder
from workers.residency.rules import Rules
from workers.residency.view import Candidate, HostView, Resident, ResidentState

DEADLINE_S = 120.0
RULES = Rules.for_deadline(DEADLINE_S)
LONG_S = 3_600.0  # ready, or unused, since long ago


def waiting(slug: str, *ages_s: float, life_s: float = DEADLINE_S, **more: Any) -> Demand:
    """Return the demand of people that have waited so long, the oldest first."""
    ages_s = tuple(sorted(ages_s, reverse=True))
    lefts_s = tuple(life_s - age_s for age_s in ages_s)
    told = {"turn_s": max(ages_s, default=0.0), **more}
    return Demand(slug, len(ages_s), ages_s, lefts_s, **told)


def held_by(*hosts: str, slots: int = 4, ready: bool = True) -> tuple[Holder, ...]:
    """Return hosts that hold a model."""
    return tuple(Holder(host, slots, ready) for host in hosts)


def wanted(slug: str, *ages_s: float, size_gib: float = 8.0, load_s: float = 4.0, **more: Any) -> Candidate:
    """Return a model that people wait for, and that the host does not hold."""
    return Candidate(waiting(slug, *ages_s, **more), size_gib, load_s)


def resident(slug: str, size_gib: float = 8.0, **more: Any) -> Resident:
    """Return a model in memory: not in use for long, on this host alone, unless the test says otherwise."""
    told = {
        "load_s": 4.0,
        "state": ResidentState.READY,
        "busy": 0,
        "ready_for_s": LONG_S,
        "unused_for_s": 0.0 if more.get("busy") or more.get("demand") else LONG_S,
        "copies": 1,
    }
    return Resident(slug, size_gib, **(told | more))


def view(
    *residents: Resident, candidates: tuple[Candidate, ...] = (), memory_gib: float = 24.0, **more: Any
) -> HostView:
    """Return what a host sees; what its residents leave of its memory is free unless the test says otherwise."""
    free_gib = memory_gib - sum(each.size_gib for each in residents)
    told = {"host": "anvil", "free_gib": free_gib, "loading": False, **more}
    return HostView(memory_gib=memory_gib, residents=residents, candidates=candidates, **told)
