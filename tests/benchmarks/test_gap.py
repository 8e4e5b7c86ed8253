from __future__ import annotations

import pytest

from benchmarks.gap import SLOTS, findings, gaps_ms, measure
from tasks.contracts.jobs import JobState, JobView, Mark
from tests.benchmarks.quick import by_name, nobody


def view(claimed_ms: int, done_ms: int) -> JobView:
    marks = (Mark(at_ms=claimed_ms, state=JobState.CLAIMED), Mark(at_ms=done_ms, state=JobState.DONE))
    return JobView(job="j", state=JobState.DELIVERED, fence=3, model="m", session="s", marks=marks)


def test_a_gap_is_from_the_next_end_to_the_next_start() -> None:
    first = [view(0, 100 + number) for number in range(SLOTS)]
    later = [view(107, 300), view(111, 301)]
    assert gaps_ms([*first, *later]) == [7.0, 10.0]


def test_a_start_that_the_clock_of_redis_puts_before_the_end_is_no_gap() -> None:
    assert gaps_ms([*(view(0, 100) for _ in range(SLOTS)), view(99, 200)]) == [0.0]


def test_the_figures_are_the_middle_the_tail_and_the_longest() -> None:
    found = by_name(findings([1.0, 2.0, 60.0]))
    assert (found["p50"].value, found["longest"].value, found["starts"].value) == (2.0, 60.0, 3)


@pytest.mark.slow
def test_it_runs() -> None:
    assert by_name(measure(nobody, quick=True))["starts"].value > 0
