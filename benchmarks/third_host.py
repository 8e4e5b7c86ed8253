"""What a third host adds to two: jobs answered per second, before it came and after, in one run of real agents.

Each host has one slot and answers in about a quarter of a second; more people wait all the time than there are slots.
"""

from __future__ import annotations

import time

from benchmarks.agents import Fleet, Place, fleet
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.jobs import Outcome

HOSTS = ("one", "two", "three")
MODEL, WORDS = "shared", "!slow 0.05 a b c d"
JOBS, QUICK_JOBS = 120, 24
MORE = Goal.least(1.4, moonshot=1.5)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how many jobs a second two hosts answer, and three."""
    count = QUICK_JOBS if quick else JOBS
    with fleet([Place(name, [MODEL]) for name in HOSTS], slots=1) as made:
        made.start(*HOSTS[:2])
        tell(0.2, "two hosts")
        two = rate(made, count)
        made.start(HOSTS[2])
        tell(0.6, "three hosts")
        three = rate(made, count)
    return Findings(
        figures=(
            Figure(name="two hosts", value=two, unit="jobs / s"),
            Figure(name="three hosts", value=three, unit="jobs / s"),
            Figure(name="three hosts ÷ two", value=three / two, unit="×", goal=MORE),
        ),
        charts=(Chart(title="Jobs answered per second", unit="jobs / s", bars=(("two", two), ("three", three))),),
    )


def rate(made: Fleet, count: int) -> float:
    """Return how many jobs a second are answered. Raises ProcessFailed where one is not."""
    began_s = time.monotonic()
    views = made.answered([made.ask(MODEL, WORDS) for _ in range(count)])
    spent_s = time.monotonic() - began_s
    if any(view.outcome is not Outcome.REPLY for view in views):
        raise ProcessFailed("a job was not answered")
    return count / spent_s
