from __future__ import annotations

from benchmarks.growth import findings, measure
from tests.benchmarks.quick import by_name, nobody


def test_a_cost_is_a_multiple_of_the_cost_with_one() -> None:
    found = by_name(findings({1: 2.0, 10: 3.0}, {1: 1.0, 200: 4.0}, {1: 0.3, 10: 0.5}))
    assert found["a job with 1 model"].value == 2.0
    assert found["a job with 10 models"].value == 1.5
    most = found["a job with 200 sessions"]
    assert most.goal is not None
    assert most.goal.verdict(most.value) == "missed by 167 %"
    assert found["a look of the sweeper, 10 models"].value == 0.5


def test_the_most_models_are_held_against_a_few_as_well() -> None:
    found = by_name(findings({1: 2.0, 10: 3.0, 1000: 6.0}, {1: 1.0}, {1: 0.3}))
    assert found["a job with 1000 models ÷ 10"].value == 2.0


def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(figure.value > 0 for figure in found.values())
