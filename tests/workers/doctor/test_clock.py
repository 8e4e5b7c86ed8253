from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from workers.doctor.clock import Skew, judge, look
from workers.doctor.findings import Level


def test_one_machine_agrees_with_itself(redis_url: str, told_redis):
    [found] = look(told_redis(redis_url))
    assert (found.level, found.what) == (Level.OK, "this machine and Redis agree on the time")


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [(7200, "2 h ahead of"), (-30, "30 s behind"), (600, "10 min ahead of"), (-86_400, "24 h behind")],
)
def test_clocks_that_differ_are_a_warning(redis_url: str, told_redis, ahead_s: float, words: str):
    [found] = look(told_redis(redis_url), lambda: time.time() + ahead_s)
    assert found.level is Level.WARNING
    assert f"this machine's clock is {words} that of Redis" in found.what


def test_a_slow_answer_is_no_wrong_clock():
    assert judge(Skew(ahead_s=3.0, within_s=1.5)).level is Level.OK
    assert judge(Skew(ahead_s=3.0, within_s=0.5)).level is Level.WARNING


def test_a_redis_that_does_not_answer_is_left_to_the_check_of_that(told_redis, free_port: Callable[[], int]):
    assert look(told_redis(f"redis://127.0.0.1:{free_port()}/0")) == []
