"""How soon a full worker with a backlog starts the next job after one ends: from the marks of the jobs themselves.

A whole `rookery up` with four slots, and answers of a third of a second each. A slot that waits idles.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Chart, Figure, Findings, Goal, Spread, Tell
from benchmarks.house import House, house, wait_until_up
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs.watching import Answered

JOBS, QUICK_JOBS, SLOTS = 120, 12, 4
WORDS = "!slow 0.03 a b c d e f"  # about a third of a second each, on the fake engine
MODELS = f"""
[[model]]
name = "echo"
slots = {SLOTS}
aliases = {{home = "echo"}}
[[host]]
name = "home"
engine = "fake"
"""
GOAL = Goal.most(50.0)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the gap in milliseconds: p50, p99 and the longest, over a backlog."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), MODELS) as made:
        wait_until_up(made)
        tell(0.3, "a backlog")
        return findings(gaps_ms(backlog(made, QUICK_JOBS if quick else JOBS)))


def findings(gaps: Sequence[float]) -> Findings:
    """Return the figures of these gaps, in milliseconds."""
    spread = Spread.of(gaps)
    figures = (
        Figure(name="p50", value=spread.p50, unit="ms"),
        Figure(name="p99", value=spread.p99, unit="ms", goal=GOAL),
        Figure(name="longest", value=max(gaps), unit="ms"),
        Figure(name="starts", value=len(gaps)),
    )
    bars = (("p50", spread.p50), ("p99", spread.p99), ("longest", max(gaps)))
    return Findings(
        figures=figures,
        charts=(Chart(title="From an end to the next start", unit="ms", bars=bars, goals={"p99": GOAL.bound}),),
    )


def backlog(made: House, count: int) -> list[JobView]:
    """Submit everything at once, and return the jobs when the last has been answered."""
    names = [uuid.uuid4().hex for _ in range(count)]
    for name in names:
        made.gateway.submit(JobRequest(job=name, model="echo", session=name, user=name, text=WORDS))
    views = []
    for name in names:
        for event in made.gateway.watch(name):
            if isinstance(event, Answered):
                views.append(event.view)
    return views


def gaps_ms(views: Sequence[JobView]) -> list[float]:
    """Return, for each start while jobs still waited, the time since a slot had become free."""
    starts = sorted(_at(view, JobState.CLAIMED) for view in views)
    ends = sorted(_at(view, JobState.DONE) for view in views)
    # The first SLOTS jobs found free slots; each later start takes the slot of the next end.
    return [float(max(0, start - end)) for start, end in zip(starts[SLOTS:], ends, strict=False)]


def _at(view: JobView, state: JobState) -> int:
    return next(mark.at_ms for mark in view.marks if mark.state is state)
