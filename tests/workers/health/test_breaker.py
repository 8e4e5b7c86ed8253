"""When one model on one host is given jobs, judged by how the last ones went."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.errors import EngineError, EngineOverloaded, EngineStalled, EngineUnavailable, RookeryError
from workers.health.breaker import (
    JITTER_SHARE,
    LOOK_CAP_S,
    Breaker,
    Limits,
    Permission,
    Standing,
    cool_down,
    weight_of,
)

LIMITS = Limits(failures=5, cool_down_s=10, longest_cool_down_s=300)


def failing(times: int, weight: float = 1.0, *, gone: bool = False) -> Breaker:
    """Return a breaker after so many failures, one a second."""
    breaker = Breaker()
    for second in range(1, times + 1):
        breaker = breaker.failed(weight, second, second, LIMITS, gone=gone)
    return breaker


def test_what_is_trusted_may_have_any_number_of_jobs():
    assert Breaker().permission(at_work=100, now_s=0.0) is Permission.GO


def test_one_failure_is_probation_with_one_job_at_a_time_and_an_answer_ends_it():
    breaker = failing(1)
    assert breaker.standing is Standing.PROBATION
    assert breaker.permission(at_work=0, now_s=1.0) is Permission.GO
    assert breaker.permission(at_work=1, now_s=1.0) is Permission.WAIT
    assert breaker.answered() == Breaker()


def test_what_may_be_gone_is_looked_at_before_it_gets_another_job_and_not_too_often():
    breaker = failing(2, gone=True)
    assert breaker.permission(at_work=0, now_s=breaker.until_s - 0.01) is Permission.WAIT
    assert 2 < breaker.until_s <= 2 + LOOK_CAP_S
    assert breaker.permission(at_work=0, now_s=breaker.until_s) is Permission.LOOK
    assert breaker.seen().permission(at_work=0, now_s=breaker.until_s) is Permission.GO


def test_five_failures_in_a_row_open_it_until_it_has_cooled_down_and_given_one_token():
    assert failing(4).standing is Standing.PROBATION
    breaker = failing(5)
    assert (breaker.standing, breaker.until_s) == (Standing.OPEN, 15.0)
    assert breaker.permission(at_work=0, now_s=14.9) is Permission.WAIT
    assert breaker.permission(at_work=0, now_s=15.0) is Permission.PROBE
    assert breaker.permission(at_work=1, now_s=15.0) is Permission.WAIT, "one probe at a time"
    closed = breaker.probed(LIMITS)
    assert (closed.standing, closed.permission(0, 15.0)) == (Standing.PROBATION, Permission.GO)
    assert closed.answered() == Breaker()


def test_an_answer_in_between_means_that_they_are_not_in_a_row():
    assert failing(4).answered().failed(1.0, 9, 9, LIMITS).standing is Standing.PROBATION


def test_one_failure_after_the_probe_opens_it_again_for_twice_as_long():
    again = failing(5).probed(LIMITS).failed(1.0, 15.0, 16.0, LIMITS)
    assert (again.standing, again.until_s) == (Standing.OPEN, 16.0 + 20.0)


def test_a_probe_that_fails_keeps_it_open_for_twice_as_long():
    again = failing(5).failed(1.0, 15.0, 16.0, LIMITS, gone=True)
    assert (again.standing, again.until_s) == (Standing.OPEN, 36.0)


def test_jobs_that_were_at_work_together_fail_as_one():
    breaker = Breaker()
    for _ in range(20):
        breaker = breaker.failed(1.0, began_s=1.0, now_s=2.0, limits=LIMITS)
    assert breaker == failing(0).failed(1.0, 1.0, 2.0, LIMITS)


@given(st.integers(0, 2000), st.floats(0, 1))
def test_a_cool_down_never_lasts_longer_than_its_bound_and_a_little_chance(openings: int, chance: float):
    assert 10.0 <= cool_down(openings, chance, LIMITS) <= 300.0 * (1 + JITTER_SHARE)
    assert cool_down(openings, chance, LIMITS) <= cool_down(openings + 1, chance, LIMITS)


def test_chance_draws_cool_downs_apart():
    assert cool_down(0, 0.0, LIMITS) < cool_down(0, 1.0, LIMITS)


def every_error(kind: type[RookeryError]) -> list[type[RookeryError]]:
    """Return the errors of the tree; what a room made of one for itself never comes from an engine."""
    ours = [sub for sub in kind.__subclasses__() if sub.__module__ == RookeryError.__module__]
    return [kind, *(each for sub in ours for each in every_error(sub))]


@pytest.mark.parametrize("kind", every_error(RookeryError))
def test_what_is_no_fault_of_the_engine_does_not_count_against_it(kind: type[RookeryError]):
    halves = {EngineError, EngineOverloaded}
    expected = 0.0 if not issubclass(kind, EngineError) else 0.5 if kind in halves else 1.0
    assert weight_of(kind("x")) == expected


def test_an_engine_that_was_at_work_when_the_jobs_time_was_over_is_half_to_blame():
    assert weight_of(EngineStalled("slow"), in_time=False) == 0.5
    assert weight_of(EngineUnavailable("gone"), in_time=False) == 1.0
    assert failing(1, 0.5).standing is Standing.TRUSTED
    assert failing(2, 0.5).standing is Standing.PROBATION
    assert failing(9, 0.5).standing is Standing.PROBATION
    assert failing(10, 0.5).standing is Standing.OPEN


def test_what_does_not_count_changes_nothing():
    assert Breaker().failed(0.0, 1, 1, LIMITS) == Breaker()
