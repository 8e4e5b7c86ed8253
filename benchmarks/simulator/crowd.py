"""A full host in a fleet where a hundred models are waited for by many: the dearest decision there is."""

from __future__ import annotations

import random

from benchmarks.simulator.pull import LOOK
from tasks.jobs.demand import Demand, Holder
from workers.residency.view import Candidate, HostView, Resident, ResidentState

MODELS, RESIDENTS, DEADLINE_S = 100, 12, 120.0


def crowded_view(seed: int) -> HostView:
    """Return a view in which every model must be looked at, and nothing fits."""
    rng = random.Random(seed)
    residents = tuple(
        Resident(f"r{number}", 8.0, 4.0, ResidentState.READY, 2, 10.0, 0.0, 1, demand=_crowd(rng, f"r{number}"))
        for number in range(RESIDENTS)
    )
    candidates = tuple(Candidate(_crowd(rng, f"m{number}"), 30.0, 12.0) for number in range(MODELS))
    return HostView("home", RESIDENTS * 8.0, 0.0, residents, candidates, loading=False)


def _crowd(rng: random.Random, slug: str) -> Demand:
    ages_s = tuple(sorted((rng.uniform(0, DEADLINE_S) for _ in range(LOOK)), reverse=True))
    lefts_s = tuple(DEADLINE_S - age_s for age_s in ages_s)
    holders = (Holder("elsewhere", 4, ready=True),) if rng.random() < 0.5 else ()
    return Demand(slug, LOOK, ages_s, lefts_s, turn_s=ages_s[0], service_s=20.0, holders=holders)
