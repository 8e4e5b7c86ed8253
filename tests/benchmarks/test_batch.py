from __future__ import annotations

import pytest

from benchmarks.batch import measure, p95_s
from tasks.contracts.jobs import JobState, JobView, Mark
from tests.benchmarks.quick import by_name, nobody


def view(done_ms: int) -> JobView:
    marks = (Mark(at_ms=0, state=JobState.RECEIVED), Mark(at_ms=done_ms, state=JobState.DONE))
    return JobView(job="j", state=JobState.DELIVERED, fence=3, model="m", session="s", marks=marks)


def test_the_tail_is_what_nineteen_of_twenty_do_not_exceed() -> None:
    assert p95_s([view(1000 * second) for second in range(21)]) == 19.0


@pytest.mark.slow
def test_it_runs() -> None:
    assert by_name(measure(nobody, quick=True))["p95 with ÷ without"].value > 0
