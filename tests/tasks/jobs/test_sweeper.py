from __future__ import annotations

import logging
import time

import pytest

from tasks.jobs import moves
from tasks.jobs import sweeper as sweeper_module
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import Swept, Ways
from tests.tasks.jobs.flock import LONG_MS, Flock
from tests.tasks.jobs.plug import Plug
from tests.workers.household import until

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _a_lead_outlasts_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sweeper_module.LEAD_MS <= 5_000  # a leader that dies is replaced soon
    monkeypatch.setattr(sweeper_module, "LEAD_MS", LONG_MS)


def test_one_leads_and_the_others_stand_by(flock: Flock):
    first, second = Sweeper(flock.store), Sweeper(flock.store)
    assert [first.look().leads, second.look().leads, first.look().leads] == [True, False, True]


def test_a_second_takes_over_when_the_leaders_lease_ends(flock: Flock):
    first, second = Sweeper(flock.store), Sweeper(flock.store)
    first.look()
    assert flock.client.pttl("rookery:sweeper") > 0
    flock.client.pexpire("rookery:sweeper", 1)
    give_up = time.monotonic() + PATIENCE_S
    while not second.look().leads:
        assert time.monotonic() < give_up
    assert first.look().leads is False


def test_each_look_renews_the_lead(flock: Flock):
    leader = Sweeper(flock.store)
    leader.look()
    flock.client.pexpire("rookery:sweeper", LONG_MS // 2)
    leader.look()
    assert flock.client.pttl("rookery:sweeper") > LONG_MS // 2


def test_a_sample_that_cannot_be_taken_ends_no_sweeper(flock: Flock, caplog: pytest.LogCaptureFixture):
    flock.client.hset("rookery:host:anvil", "about", '{"memory": "as another version says it"}')
    flock.client.zadd("rookery:hosts", {"anvil": 4_000_000_000_000})
    sweeper = Sweeper(flock.store, every_s=0.01)
    sweeper.start()
    try:
        until(lambda: "no sample was taken" in [line.message for line in caplog.records], "the sample")
        job = flock.submit()
        flock.past(job, "deadline_ms")
        until(lambda: flock.state(job) == "delivered", "the next look")
    finally:
        sweeper.stop()


def test_one_that_stands_by_mends_nothing(flock: Flock):
    flock.sweep("leader")
    job = flock.submit()
    flock.past(job, "deadline_ms")
    assert flock.store.run(moves.sweep("other", LONG_MS)) == Swept()
    assert flock.state(job) == "queued"


def test_nothing_is_rung_while_there_are_bells_enough(flock: Flock):
    for _ in range(3):
        flock.submit()
    for _ in range(4):
        assert flock.sweep() == (0, 0)
    assert flock.bells() == 3


def test_lost_bells_are_rung_again_on_the_second_look(flock: Flock):
    for _ in range(3):
        flock.submit()
    flock.hear(), flock.hear()
    assert flock.sweep() == (0, 0)
    assert flock.sweep() == (0, 2)
    assert flock.bells() == 3
    assert flock.sweep() == (0, 0)


def test_a_bell_that_is_only_on_its_way_is_not_rung_again(flock: Flock):
    """A worker has taken the bell and claims between two looks."""
    host = flock.host()
    flock.submit()
    flock.hear()
    flock.sweep()
    flock.take(host)
    assert flock.sweep() == (0, 0)
    assert flock.bells() == 0


def test_a_deficit_is_forgotten_when_it_was_made_up(flock: Flock):
    host = flock.host()
    flock.submit()
    flock.hear()
    flock.sweep()
    flock.take(host)
    flock.sweep()
    flock.submit()
    flock.hear()
    assert flock.sweep() == (0, 0)  # the first look at this one
    assert flock.sweep() == (0, 1)


def test_bells_that_were_rung_count_as_a_first_look_again(flock: Flock):
    flock.submit()
    flock.hear()
    rung = []
    for _ in range(6):
        rung.append(flock.sweep()[1])
        flock.hear()
    assert rung == [0, 1, 0, 1, 0, 1]


def test_claimed_jobs_are_owed_no_bell_and_pay_for_none(flock: Flock):
    host = flock.host(slots=8)
    for _ in range(6):
        flock.submit()
    for _ in range(4):
        flock.hear()
        flock.take(host)
    assert flock.bells() == 2
    assert [flock.sweep(), flock.sweep()] == [(0, 0), (0, 0)]
    flock.hear(), flock.hear()
    assert [flock.sweep(), flock.sweep()] == [(0, 0), (0, 2)]


def test_each_model_is_owed_its_own_bells(flock: Flock):
    flock.submit(model="one")
    for _ in range(5):
        flock.submit(model="two")
    flock.client.delete("model.two")
    flock.sweep()
    assert flock.sweep() == (0, 5)
    assert (flock.bells("model.one"), flock.bells("model.two")) == (1, 5)


def test_a_turn_that_waits_for_the_one_before_is_owed_no_bell(flock: Flock):
    for _ in range(3):
        flock.submit(session="s")
    flock.hear()
    flock.sweep()
    assert flock.sweep() == (0, 1)


def test_nothing_is_kept_of_deficits_when_nothing_waits(flock: Flock):
    job = flock.submit()
    flock.hear()
    flock.sweep()
    flock.withdraw(job)
    flock.sweep()
    assert not flock.client.exists("rookery:owed")


def test_an_expired_job_gets_its_notice_in_whatever_state_it_waits(flock: Flock):
    jobs = [flock.submit(session="s"), flock.submit(session="s"), flock.submit(recall=True)]
    for job in jobs:
        flock.past(job, "deadline_ms")
    assert flock.sweep()[0] == 3
    assert {flock.state(job) for job in jobs} == {"delivered"}
    assert flock.client.zcard("rookery:live") == 0


def test_a_live_index_without_a_record_is_cleaned(flock: Flock):
    flock.client.zadd("rookery:live", {"ghost": 1})
    flock.sweep()
    assert flock.client.zcard("rookery:live") == 0


def test_one_look_takes_a_bounded_number_of_jobs_and_the_next_goes_on(flock: Flock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moves, "SWEEP_AT_MOST", 4)
    for _ in range(6):
        flock.past(flock.submit(), "deadline_ms")
    assert [flock.sweep()[0], flock.sweep()[0], flock.sweep()[0]] == [4, 2, 0]


def test_it_looks_by_itself_until_it_is_stopped(flock: Flock, caplog: pytest.LogCaptureFixture):
    flock.ways = Ways(text_life_s=60)
    caplog.set_level(logging.INFO, "tasks.jobs.sweeper")
    job = flock.submit()
    flock.past(job, "deadline_ms")
    sweeper = Sweeper(flock.store, every_s=0.01)
    sweeper.start()
    give_up = time.monotonic() + PATIENCE_S
    while flock.state(job) != "delivered":
        assert time.monotonic() < give_up
    sweeper.stop()
    late = flock.submit()
    flock.past(late, "deadline_ms")
    assert flock.state(late) == "queued"
    assert [record.message for record in caplog.records] == ["ended in a notice", "swept"]
    assert vars(caplog.records[0])["job"] == job


@pytest.mark.faults
def test_it_goes_on_when_redis_was_away(flock: Flock, caplog: pytest.LogCaptureFixture, plug: Plug):
    sweeper = Sweeper(flock.store, every_s=0.01)
    plug.pull()
    sweeper.start()
    give_up = time.monotonic() + PATIENCE_S
    while "sweep failed" not in caplog.messages:
        assert time.monotonic() < give_up
        time.sleep(0.01)
    plug.push_in()
    job = flock.submit()
    flock.past(job, "deadline_ms")
    while flock.state(job) != "delivered":
        assert time.monotonic() < give_up
    sweeper.stop()


def test_stopping_one_that_never_started_is_no_trouble(flock: Flock):
    Sweeper(flock.store).stop()
