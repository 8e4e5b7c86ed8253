"""What it costs to let a resident model go: its reload time, halved with each half-life that nobody used it. Pure."""

from __future__ import annotations

import math

from workers.residency.rules import Rules
from workers.residency.view import Resident

COPY_SHARE = 0.2  # of the cost, where another host holds it too
BUSY_COPY_SHARE = 0.3  # of those who wait, where another host can serve them too


def value(resident: Resident, rules: Rules) -> float:
    """Return the seconds that evicting an idle model will probably cost.

    >>> from workers.residency.view import ResidentState
    >>> calm = Resident("a", 8.0, 4.0, ResidentState.READY, busy=0, ready_for_s=300, unused_for_s=120, copies=1)
    >>> value(calm, Rules.for_deadline(120))
    1.0
    """
    fresh = resident.load_s * math.pow(0.5, resident.unused_for_s / rules.half_life_s)
    return fresh * (COPY_SHARE if resident.copies > 1 else 1.0)


def residence_s(resident: Resident, rules: Rules, *, starving: bool) -> float:
    """Return how long a model that is in use stays at least, counted from when it became ready."""
    most_s = rules.residence_starving_s if starving else rules.residence_most_s
    return min(rules.residence_loads * resident.load_s, most_s)
