"""How soon a full worker with a backlog starts the next job after one ends: from the marks of the jobs themselves."""

from __future__ import annotations

import statistics
import tempfile
import uuid
from pathlib import Path

from benchmarks.house import House, house, wait_until_up
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs.watching import Answered

JOBS, SLOTS = 120, 4
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


def measure() -> dict[str, float]:
    """Return the gap in milliseconds: p50, p95 and the longest, over a backlog of `JOBS` on `SLOTS` slots."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), MODELS) as made:
        wait_until_up(made)
        gaps = gaps_ms(backlog(made))
    return {
        "p50": statistics.median(gaps),
        "p95": statistics.quantiles(gaps, n=20)[-1],
        "longest": max(gaps),
        "starts": len(gaps),
    }


def backlog(made: House) -> list[JobView]:
    """Submit everything at once, and return the jobs when the last has been answered."""
    names = [uuid.uuid4().hex for _ in range(JOBS)]
    for name in names:
        made.gateway.submit(JobRequest(job=name, model="echo", session=name, user=name, text=WORDS))
    views = []
    for name in names:
        for event in made.gateway.watch(name):
            if isinstance(event, Answered):
                views.append(event.view)
    return views


def gaps_ms(views: list[JobView]) -> list[float]:
    """Return, for each start while jobs still waited, the time since a slot had become free."""
    starts = sorted(_at(view, JobState.CLAIMED) for view in views)
    ends = sorted(_at(view, JobState.DONE) for view in views)
    # The first SLOTS jobs found free slots; each later start takes the slot of the next end.
    return [float(max(0, start - end)) for start, end in zip(starts[SLOTS:], ends, strict=False)]


def _at(view: JobView, state: JobState) -> int:
    return next(mark.at_ms for mark in view.marks if mark.state is state)
