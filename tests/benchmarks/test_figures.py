from __future__ import annotations

import pytest

from benchmarks.figures import Goal, Spread, cost_of, in_ms, interleaved, rotated


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (Goal.most(3.0, moonshot=2.0), 2.0, "met, and the moonshot"),
        (Goal.most(3.0, moonshot=2.0), 3.0, "met"),
        (Goal.most(3.0, moonshot=2.0), 4.5, "missed by 50 %"),
        (Goal.least(1.0, moonshot=2.0), 2.5, "met, and the moonshot"),
        (Goal.least(1.0), 1.0, "met"),
        (Goal.least(2.0), 0.5, "missed by 75 %"),
    ],
)
def test_a_goal_says_whether_it_is_met_or_by_how_much_it_is_missed(goal: Goal, value: float, verdict: str) -> None:
    assert goal.verdict(value) == verdict


def test_a_goal_is_shown_with_its_direction_and_its_moonshot() -> None:
    assert Goal.least(1.0, moonshot=2.0).words() == "≥ 1 (moonshot 2)"
    assert Goal.most(6.5).words() == "≤ 6.5"


def test_a_spread_is_the_middle_and_the_tail_of_a_sample() -> None:
    spread = Spread.of([float(number) for number in range(101)])
    assert (spread.p50, spread.p99) == (50.0, 99.0)


def test_what_is_added_is_the_difference_in_each_round() -> None:
    assert Spread.added([5.0, 109.0, 6.0], [1.0, 100.0, 1.0]).p50 == 5.0


def test_ways_take_turns_and_warming_up_does_not_count() -> None:
    order: list[str] = []
    told: list[float] = []

    def way(name: str) -> float:
        order.append(name)
        return float(len(order))

    said = interleaved({"a": lambda: way("a"), "b": lambda: way("b")}, 2, warm_up=1, tell=told.append)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert said == {"a": [4.0, 5.0], "b": [3.0, 6.0]}
    assert told[-1] == 1.0


def test_a_round_that_there_is_no_time_for_is_left_out() -> None:
    said = interleaved({"a": lambda: 1.0}, 5, budget_s=0.0, tell=lambda _part: None)
    assert said == {"a": [1.0]}


def test_the_order_goes_round() -> None:
    assert [rotated("abc", turn)[0] for turn in range(4)] == ["a", "b", "c", "a"]


def test_a_cost_counts_every_time() -> None:
    numbers: list[int] = []
    cost = cost_of(numbers.append, 3)
    assert numbers == [0, 1, 2]
    assert cost.wall_s > 0
    assert cost.cpu_s >= 0


def test_seconds_become_milliseconds() -> None:
    assert in_ms([0.5, 2]) == [500.0, 2000.0]
