"""What a host should hold: sticky pull with deadlines. Pure: no clock, no store, no log.

A host serves what it holds, and keeps it while it is used. A model that people wait for comes into free memory at
once; in the place of idle ones when the waiting has paid for the swap; in the place of ones in use after the aging
bound, when those had their minimum residence and no more people wait for them. Only who can still be answered in time
counts. A model that nobody holds and that had no turn for twice the deadline goes first, and a host keeps its next load
for it.
"""

from __future__ import annotations

import math

from workers.residency.placement import eligible_in_s, placed
from workers.residency.rules import Rules
from workers.residency.tenants import tenants
from workers.residency.view import Decision, HostView, Reserve
from workers.residency.wishes import wishes


def decide(view: HostView, rules: Rules) -> Decision:
    """Return what this host should load now, and what has to go for it; or whom to keep the next load for."""
    if view.loading:
        return None
    wanted = wishes(view, rules)
    found = tenants(view, rules) if wanted else []
    for wish in wanted:
        load = placed(view, found, wish, rules)
        if load is not None:
            return load
        if wish.starving and not view.reserved and not wish.candidate.demand.reserved_by:
            in_s = eligible_in_s(view, found, wish, rules)
            if in_s < math.inf:
                return Reserve(wish.slug, in_s)
    return None
