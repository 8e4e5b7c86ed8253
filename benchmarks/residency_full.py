"""The same on more seeds, and on fleets of twenty and two hundred hosts with a hundred models: run by name alone."""

from __future__ import annotations

from benchmarks.figures import Findings, Tell
from benchmarks.residency import HOUR_S, QUICK, SMALL, measured
from benchmarks.simulator.runs import Case

SEEDS, FLEET, FLEET_SEEDS = 8, 30_000, 2
CASES = (
    *(Case("seed2mac", load, SMALL, SEEDS) for load in (0.45, 0.7)),
    *(Case("smallbox", load, SMALL, SEEDS) for load in (0.5, 0.9, 1.3)),
    Case("seed2mac", 0.45, SMALL, SEEDS, storm=True),
    Case("smallbox", 0.9, SMALL, SEEDS, storm=True),
    Case("seed2mac", 0.45, SMALL, SEEDS, storm=True, deadline_s=HOUR_S),
    Case("smallbox", 0.9, SMALL, SEEDS, storm=True, deadline_s=HOUR_S),
    *(Case("fleet20", load, FLEET, FLEET_SEEDS) for load in (0.45, 0.8, 1.1)),
    Case("fleet200", 0.5, FLEET, 1),
)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the table of every case and contender, and the figures that have goals."""
    return measured(tell, QUICK if quick else CASES)
