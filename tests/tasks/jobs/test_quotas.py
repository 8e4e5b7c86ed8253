"""Quotas on a real Redis whose clock is in the test's hands, against a plain model of them, and between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.jobs import quotas
from tasks.jobs.quotas import LENGTH_MS, Admission, Charge
from tests.tasks.jobs import clock
from tests.tasks.jobs.clock import RedisClock
from tests.tasks.jobs.flock import Flock

MINUTE_MS, HOUR_MS, DAY_MS = LENGTH_MS["minute"], LENGTH_MS["hour"], LENGTH_MS["day"]


@pytest.fixture
def time(flock: Flock) -> Iterator[RedisClock]:
    with clock.held(flock) as made:
        yield made


def take(flock: Flock, job: str, *charges: Charge) -> Admission:
    return flock.store.run(quotas.take(charges, job))


def left(flock: Flock, *charges: Charge) -> Admission:
    return flock.store.run(quotas.quota(*charges))


# ---------------------------------------------------------------- may it, how many are left, and when again


def test_the_fourth_of_three_a_minute_is_refused_and_told_when_there_is_room(flock: Flock, time: RedisClock) -> None:
    ada = Charge("user:ada", minute=3)
    remaining = []
    for job in "abc":
        remaining.append(take(flock, job, ada).remaining)
        time.later(10_000)
    assert remaining == [2, 1, 0]
    assert take(flock, "d", ada) == Admission(False, "user:ada", "minute", 0, next_ms=MINUTE_MS - 30_000)
    time.later(MINUTE_MS - 30_001)
    assert not take(flock, "d", ada).ok
    time.later(1)
    assert take(flock, "d", ada).ok


def test_looking_charges_nothing(flock: Flock, time: RedisClock) -> None:
    ada = Charge("user:ada", minute=1)
    assert [left(flock, ada) for _ in range(3)] == [Admission(True, "user:ada", "minute", 1)] * 3
    assert take(flock, "a", ada) == Admission(True, "user:ada", "minute", 0, next_ms=MINUTE_MS)
    assert left(flock, ada) == Admission(False, "user:ada", "minute", 0, next_ms=MINUTE_MS)


def test_what_is_bounded_by_nothing_is_let_through(flock: Flock) -> None:
    before = flock.names()
    assert take(flock, "a", Charge("all"), Charge("user:ada")) == Admission(True) == left(flock)
    assert flock.names() == before


# ---------------------------------------------------------------- scopes and periods


def test_five_for_all_together_are_five_whoever_asks(flock: Flock) -> None:
    for number in range(5):
        assert take(flock, f"j{number}", Charge(f"persona:{number % 2}", minute=4), Charge("all", minute=5)).ok
    for persona in "01":
        refused = take(flock, f"late{persona}", Charge(f"persona:{persona}", minute=4), Charge("all", minute=5))
        assert (refused.ok, refused.scope, refused.period) == (False, "all", "minute")


def test_what_one_bound_refuses_is_charged_to_none(flock: Flock) -> None:
    ada, everybody = Charge("user:ada", minute=1), Charge("all", minute=9)
    take(flock, "a", ada, everybody)
    assert not take(flock, "b", everybody, ada).ok
    assert left(flock, everybody).remaining == 8


def test_minute_hour_and_day_each_hold(flock: Flock, time: RedisClock) -> None:
    ada = Charge("user:ada", minute=1, hour=2, day=3)

    def refused_by(job: str) -> str:
        said = take(flock, job, ada)
        return "" if said.ok else said.period

    assert [refused_by("a"), refused_by("b")] == ["", "minute"]
    time.later(MINUTE_MS)
    assert [refused_by("b"), refused_by("c")] == ["", "hour"], "of two that refuse, the one that lasts longer is told"
    time.later(HOUR_MS)
    assert [refused_by("c"), refused_by("d")] == ["", "day"]
    assert left(flock, ada).next_ms == DAY_MS - HOUR_MS - MINUTE_MS
    time.later(DAY_MS - HOUR_MS - MINUTE_MS)
    assert refused_by("d") == ""


def test_changed_bounds_hold_at_once(flock: Flock, time: RedisClock) -> None:
    ada = Charge("user:ada", minute=1)
    take(flock, "a", ada)
    time.later(1_000)
    assert take(flock, "b", replace(ada, minute=2)).ok
    lowered = take(flock, "c", ada)
    assert (lowered.ok, lowered.next_ms) == (False, MINUTE_MS), "both have to end before there is room for one"


@pytest.mark.parametrize(("period", "still"), [("minute", "hour"), ("hour", "minute"), (None, "")])
def test_a_reset_lets_one_period_begin_anew_or_all(flock: Flock, period: Any, still: str) -> None:
    ada = Charge("user:ada", minute=1, hour=1)
    take(flock, "a", ada)
    take(flock, "b", Charge("user:bob", minute=1))
    assert flock.store.run(quotas.reset("user:ada", period)) == (1 if period else 2)
    assert left(flock, ada).period == (still or "minute")
    assert left(flock, ada).ok is not bool(still)
    assert not left(flock, Charge("user:bob", minute=1)).ok


# ---------------------------------------------------------------- the same event, and one that was refused after all


def test_the_same_event_is_charged_once(flock: Flock) -> None:
    ada = Charge("user:ada", minute=2)
    assert [take(flock, "a", ada).remaining for _ in range(3)] == [1, 1, 1]
    take(flock, "b", ada)
    assert take(flock, "a", ada).ok, "it has its place already"
    assert not take(flock, "c", ada).ok


def test_a_job_that_the_ledger_has_is_let_through_uncharged_however_long_ago_that_was(flock: Flock) -> None:
    ada = Charge("user:ada", minute=1)
    job = flock.submit()
    assert take(flock, job, ada) == Admission(True)
    flock.withdraw(job)
    assert take(flock, job, ada) == Admission(True)
    assert left(flock, ada).remaining == 1


def test_what_was_refused_after_all_is_given_back(flock: Flock) -> None:
    charges = [Charge("user:ada", minute=1, day=1), Charge("all", hour=1)]
    take(flock, "a", *charges)
    assert flock.store.run(quotas.refund("a", charges)) == 3
    assert flock.store.run(quotas.refund("a", charges)) == 0
    assert take(flock, "b", *charges).ok
    flock.submit(job="b")
    assert flock.store.run(quotas.refund("b", charges)) == 0, "it was accepted"


def test_nothing_is_kept_for_longer_than_it_counts(flock: Flock) -> None:
    take(flock, "a", Charge("user:ada", minute=1, hour=1, day=1))
    kept = {name: ttl for name, (_, _, ttl) in flock.dump().items() if ":quota:" in name}
    for period, length_ms in LENGTH_MS.items():
        assert 0 < kept[f"rookery:quota:{period}:user:ada"] <= length_ms


# ---------------------------------------------------------------- exact

JOBS, SCOPES = st.sampled_from("abcdefgh"), ("user:x", "user:y", "all")
BOUND = st.sampled_from([0, 1, 2, 3])
CHARGES = st.lists(
    st.builds(Charge, st.sampled_from(SCOPES), BOUND, BOUND, BOUND), max_size=3, unique_by=lambda c: c.scope
)
WAIT = st.sampled_from([1, 20_000, MINUTE_MS - 1, MINUTE_MS, HOUR_MS // 2, HOUR_MS, DAY_MS // 2])
STEP = st.one_of(
    st.tuples(st.just("take"), JOBS, CHARGES),
    st.tuples(st.just("take"), JOBS, CHARGES),
    st.tuples(st.just("look"), st.just(""), CHARGES),
    st.tuples(st.just("refund"), JOBS, CHARGES),
    st.tuples(st.just("wait"), WAIT, st.just([])),
)


class Model:
    """What quotas are to be, in the plainest words: who was let through when."""

    def __init__(self) -> None:
        self.let: dict[tuple[str, str], dict[str, int]] = {}

    def counting(self, scope: str, period: Any, now: int) -> dict[str, int]:
        entries = self.let.get((scope, period), {})
        return {job: at for job, at in entries.items() if at + LENGTH_MS[period] > now}

    def wait_ms(self, scope: str, period: Any, most: int, now: int) -> int:
        """Try every moment at which something ends."""
        ends = sorted({now, *(at + LENGTH_MS[period] for at in self.counting(scope, period, now).values())})
        return next(end for end in ends if len(self.counting(scope, period, end)) < most) - now

    def take(self, job: str, charges: list[Charge], now: int, *, charging: bool) -> Admission:
        bounds = [(charge.scope, period, most) for charge in charges for period, most in charge.bounds()]
        full = []
        for scope, period, most in bounds:
            counted = self.counting(scope, period, now)
            if job not in counted and len(counted) >= most:
                full.append((self.wait_ms(scope, period, most, now), scope, period))
        if full:
            wait, scope, period = max(full, key=lambda each: each[0])
            return Admission(False, scope, period, 0, wait)
        for scope, period, _ in bounds:
            if charging and job not in self.counting(scope, period, now):
                self.let.setdefault((scope, period), {})[job] = now
        rooms = [
            (
                max(0, most - len(self.counting(scope, period, now))),
                -self.wait_ms(scope, period, most, now),
                scope,
                period,
            )
            for scope, period, most in bounds
        ]
        if not rooms:
            return Admission(True)
        remaining, wait, scope, period = min(rooms, key=lambda each: each[:2])
        return Admission(True, scope, period, remaining, -wait)

    def refund(self, job: str, charges: list[Charge]) -> None:
        for charge in charges:
            for period, _ in charge.bounds():
                self.let.get((charge.scope, period), {}).pop(job, None)


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(steps=st.lists(STEP, min_size=10, max_size=40))
def test_whatever_is_asked_in_whatever_order_the_answer_is_that_of_a_plain_model(
    flock: Flock, time: RedisClock, steps: list[tuple[str, Any, list[Charge]]]
) -> None:
    flock.client.delete(*(flock.client.keys("rookery:quota:*") or ["none"]))
    model = Model()
    for what, about, charges in steps:
        if what == "wait":
            time.later(about)
        elif what == "refund":
            flock.store.run(quotas.refund(about, charges))
            model.refund(about, charges)
        else:
            expected = model.take(about, charges, time.now_ms, charging=what == "take")
            assert (take(flock, about, *charges) if what == "take" else left(flock, *charges)) == expected


HAMMER = """
import sys
from tasks.jobs.quotas import Charge, take
from tasks.jobs.store import Store
store = Store.open(sys.argv[1])
sys.stdin.readline()
asks = [take([Charge("user:" + sys.argv[2], day=60), Charge("all", hour=100)], f"{sys.argv[2]}-{n}") for n in range(60)]
print(sum(store.run(ask).ok for ask in asks))
"""


def test_four_processes_that_hammer_are_let_through_as_often_as_the_bound_says_and_no_more(flock: Flock) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, flock.url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=os.getcwd(),
        )
        for name in "abcd"
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    admitted = [int(process.communicate()[0]) for process in processes]
    assert sum(admitted) == 100, admitted
    assert sum(flock.client.zcard(f"rookery:quota:day:user:{name}") for name in "abcd") == 100
