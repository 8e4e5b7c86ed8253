"""A model that will not load is tried later, and not for ever."""

from __future__ import annotations

from workers.residency.loading import Failure
from workers.residency.setbacks import LONGEST_WAIT_S, REST_S, Setbacks, wait_after

FAILURE = Failure("ModelLoadFailed", "broken")


def failed(times, most=100):
    setbacks, now_s = Setbacks(), 0.0
    for _ in range(times):
        now_s = max((each.until_s for each in setbacks.by_slug.values()), default=0.0)
        setbacks = setbacks.after_failure("m", FAILURE, now_s, most)
    return setbacks, now_s


def test_the_wait_doubles_up_to_a_minute():
    assert [wait_after(n) for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert wait_after(10_000) == LONGEST_WAIT_S


def test_a_model_is_left_alone_until_its_wait_is_over_and_others_are_not():
    setbacks, now_s = failed(3)
    assert setbacks.waits("m", now_s + 3.9)
    assert not setbacks.waits("m", now_s + 4.0)
    assert not setbacks.waits("other", now_s)


def test_after_as_many_failures_as_allowed_it_rests():
    setbacks, now_s = failed(2, most=2)
    assert setbacks.by_slug["m"].gave_up
    assert setbacks.waits("m", now_s + REST_S - 1)
    assert not setbacks.waits("m", now_s + REST_S)
    assert not failed(1, most=2)[0].by_slug["m"].gave_up


def test_a_load_that_goes_well_ends_the_row():
    setbacks, now_s = failed(5)
    assert not setbacks.after_success("m").waits("m", now_s)
    assert setbacks.after_success("m").after_failure("m", FAILURE, 0.0, 9).by_slug["m"].count == 1
