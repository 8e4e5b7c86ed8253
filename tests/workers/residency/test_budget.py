"""Memory adds up, whatever comes and goes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.residency.budget import LEAST_RESERVE_GIB, Budget, Fit, preloads, total_gib

NAMES = st.sampled_from("abcdef")
STEPS = st.lists(st.tuples(st.booleans(), NAMES, st.floats(0.1, 20, allow_nan=False)), max_size=40)


@given(total=st.floats(0.5, 64, allow_nan=False), foreign=st.floats(0, 8, allow_nan=False), steps=STEPS)
def test_what_is_taken_and_what_is_left_are_always_all_there_is(total, foreign, steps):
    budget = Budget(total, foreign={"theirs": foreign})
    for comes, name, gib in steps:
        if not comes:
            budget = budget.released(name)
        elif name not in budget.ours and budget.fit(gib) is Fit.NOW:
            budget = budget.charged(name, gib)
        assert sum(budget.ours.values()) + budget.foreign_gib + budget.free_gib == pytest.approx(total)
        assert budget.used_gib <= max(0.0, total - foreign) + 1e-5
        assert foreign > total or -1e-5 <= budget.free_gib <= total


def test_a_model_fits_or_fits_after_eviction_or_not_now_or_never():
    budget = Budget(10.0).charged("a", 4.0).charged("b", 4.0)
    assert budget.fit(2.0) is Fit.NOW
    assert budget.fit(6.0, ["a"]) is Fit.AFTER_EVICTION
    assert budget.fit(7.0, ["a"]) is Fit.NOT_NOW
    assert budget.fit(10.0, ["a", "b", "a"]) is Fit.AFTER_EVICTION
    assert budget.fit(10.5, ["a", "b"]) is Fit.NEVER


def test_what_others_loaded_is_charged():
    budget = Budget(10.0, {"a": 4.0}, {"theirs": 5.0})
    assert (budget.used_gib, budget.foreign_gib, budget.free_gib) == (4.0, 5.0, 1.0)
    assert budget.fit(6.0, ["a"]) is Fit.NOT_NOW


def test_the_budget_is_what_was_told_else_the_machine_less_a_reserve_else_unbounded():
    assert total_gib(24.0, 64.0) == 24.0
    assert total_gib(None, 64.0) < 64.0
    assert total_gib(None, 2.0) == 2.0 - LEAST_RESERVE_GIB
    assert total_gib(None, 0.5) == 0.0
    assert total_gib(None, None) == math.inf


WANTED = [("a", 4.0), ("b", 5.0), ("c", 3.0), ("d", 2.0)]


@pytest.mark.parametrize(
    ("total", "pinned", "most", "expected"),
    [
        (20.0, "", None, "abcd"),
        (8.0, "", None, "ac"),
        (8.0, "d", None, "da"),
        (20.0, "", 2, "ab"),
        (20.0, "d", 2, "da"),
        (1.0, "a", None, ""),
    ],
)
def test_at_the_start_pinned_models_come_first_and_then_all_that_fit_in_their_order(total, pinned, most, expected):
    assert preloads(WANTED, Budget(total), pinned=frozenset(pinned), max_models=most) == list(expected)


def test_what_is_there_already_is_not_loaded_again_and_counts():
    budget = Budget(8.0).charged("a", 4.0)
    assert preloads(WANTED, budget, pinned=frozenset(), max_models=2) == ["c"]
