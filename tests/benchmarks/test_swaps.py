from __future__ import annotations

import pytest

from benchmarks.swaps import HOSTS, MODELS, Ask, findings, greedy, measure, round_robin, trace
from tasks.contracts.jobs import JobState, JobView, Outcome
from tests.benchmarks.quick import by_name, nobody


def view(outcome: Outcome) -> JobView:
    return JobView(job="j", state=JobState.DELIVERED, fence=3, model="m", session="s", outcome=outcome)


@pytest.mark.parametrize(
    ("models", "places", "loads"),
    [([], 2, 0), ([1, 1, 1], 2, 1), ([1, 2, 3], 3, 3), ([1, 2, 3, 1, 2], 2, 4), ([1, 2, 3, 1, 1, 1, 2], 2, 4)],
)
def test_who_knows_the_future_lets_go_what_is_needed_again_last(models: list[int], places: int, loads: int) -> None:
    assert greedy(models, places) == loads


@pytest.mark.parametrize(("models", "loads"), [([], 0), ([1, 1, 1, 1], 2), ([1, 2, 1, 2], 2), ([1, 2, 2, 1], 4)])
def test_round_robin_loads_whatever_comes_by(models: list[int], loads: int) -> None:
    assert round_robin(models, 2) == loads


def test_the_trace_is_the_same_each_time_and_its_first_model_the_most_wanted() -> None:
    asked = trace(1000, 11)
    assert asked == trace(1000, 11) != trace(1000, 12)
    counts = [sum(ask.model == model for ask in asked) for model in range(MODELS)]
    assert counts[0] > 2 * counts[2] > 2 * counts[5]
    assert [ask.at_s for ask in asked] == sorted(ask.at_s for ask in asked)


def test_loads_are_held_against_both() -> None:
    asked = [Ask(0.0, model) for model in (0, 1, 2, 3, 4, 0, 1, 2, 3, 4)]
    found = by_name(findings(asked, [view(Outcome.REPLY)] * 9 + [view(Outcome.NOTICE)], loads=6))
    models = [ask.model for ask in asked]
    assert found["÷ offline greedy"].value == 6 / greedy(models, HOSTS)
    assert found["of round-robin's"].value == 100 * 6 / round_robin(models, HOSTS)
    assert found["not answered in time"].value == 10


@pytest.mark.slow
def test_it_runs() -> None:
    assert by_name(measure(nobody, quick=True))["loads"].value >= MODELS
