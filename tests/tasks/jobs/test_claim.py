from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.jobs import NOTICES, Cause, JobState
from tasks.contracts.messages import JobClass, Turn
from tasks.jobs import fleet_moves
from tasks.jobs.values import Claim, Fenced, PassedOn, Ways
from tests.tasks.jobs.flock import LONG_MS, MODEL, Flock

INTERACTIVE, AMBIENT, BATCH = JobClass.INTERACTIVE, JobClass.AMBIENT, JobClass.BATCH


def test_a_claim_carries_all_that_an_answer_needs(flock: Flock):
    host = flock.host()
    flock.submit("one", session="s")
    flock.serve(host)
    job = flock.submit("two", session="s")
    claim = flock.take(host)
    view = flock.view(job)
    assert (claim.job, claim.request.text, claim.attempts) == (job, "two", 1)
    assert [(turn.role, turn.text) for turn in claim.window] == [("user", "one"), ("assistant", "hi")]
    assert claim.window[0] == Turn(role="user", text="one", author="ada", job="job1")
    assert claim.fence == view.fence > 1
    assert claim.received_ms <= claim.claimed_ms < claim.deadline_ms == view.deadline_ms
    assert (view.state, view.host, view.attempts) == (JobState.CLAIMED, "anvil", 1)


def test_there_is_nothing_to_claim_in_an_empty_house(flock: Flock):
    assert flock.claim(flock.host()) is None


def test_a_job_is_claimed_once(flock: Flock):
    host = flock.host()
    flock.submit()
    flock.take(host)
    assert flock.claim(host) is None


def test_a_host_claims_for_the_model_it_was_rung_for(flock: Flock):
    host = flock.host("anvil", "demo", "other")
    flock.submit(model="other")
    assert flock.claim(host) is None
    assert flock.take(host, model="other")


# ---------------------------------------------------------------- who may serve what
@pytest.mark.parametrize(
    ("job", "card", "may"),
    [
        ({}, {}, True),
        ({"pin": "anvil"}, {}, True),
        ({"pin": "bellows"}, {}, False),
        ({"labels": ("eu",)}, {"labels": ("eu", "big")}, True),
        ({"labels": ("eu", "big")}, {"labels": ("eu", "big")}, True),
        ({"labels": ("eu", "big")}, {"labels": ("eu",)}, False),
        ({"labels": ("eu",)}, {}, False),
        ({"labels": ("e",)}, {"labels": ("eu",)}, False),
        ({"adapter": "pirate"}, {"adapters": ("poet", "pirate")}, True),
        ({"adapter": "pirate"}, {"adapters": ("poet",)}, False),
        ({"adapter": "pirate"}, {}, False),
        ({}, {"labels": ("eu",), "adapters": ("poet",)}, True),
        ({"private": True}, {"cloud": True}, False),
        ({"private": False}, {"cloud": True}, False),
        ({"private": True, "allow_cloud": True}, {"cloud": True}, False),
        ({"private": False, "allow_cloud": True}, {"cloud": True}, True),
        ({"private": True}, {"cloud": False}, True),
        ({"private": False, "allow_cloud": True, "pin": "anvil"}, {"cloud": True}, True),
    ],
)
def test_a_host_serves_what_it_may(flock: Flock, job: dict[str, Any], card: dict[str, Any], may: bool):
    host = flock.host("anvil", **card)
    flock.host("bellows")
    flock.submit(**job)
    assert isinstance(flock.claim(host), Claim) is may


def test_what_a_host_may_not_serve_does_not_stand_in_the_way(flock: Flock):
    host = flock.host()
    flock.host("bellows")
    for number in range(3):
        flock.submit(pin="bellows", user=f"u{number}")
        flock.submit(pin="bellows", user="ada")
    job = flock.submit(user="ada")
    assert flock.take(host).job == job


def test_a_bell_that_reached_a_host_which_may_not_serve_is_passed_on(flock: Flock):
    anvil, bellows = flock.host("anvil"), flock.host("bellows")
    flock.submit(pin="bellows")
    flock.hear()
    assert isinstance(flock.claim(anvil), PassedOn)
    assert flock.bells() == 1
    assert flock.serve(bellows)


def test_hosts_that_may_not_serve_do_not_ring_for_ever(flock: Flock):
    anvil, _ = flock.host("anvil"), flock.host("bellows")
    flock.submit(labels=("nowhere",))
    flock.client.set(flock.store.key("passed", MODEL), 10_000)
    flock.hear()
    assert isinstance(flock.claim(anvil), PassedOn)
    assert flock.bells() == 0


def test_alone_a_host_has_nobody_to_pass_a_bell_on_to(flock: Flock):
    anvil = flock.host("anvil")
    flock.submit(labels=("nowhere",))
    flock.hear()
    assert flock.claim(anvil) is None
    assert flock.bells() == 0


def test_a_job_stays_away_from_the_host_that_just_failed_it_while_another_lives(flock: Flock):
    anvil, bellows = flock.host("anvil"), flock.host("bellows")
    job = flock.submit()
    flock.give_back(flock.take(anvil), not_on="anvil")
    assert isinstance(flock.claim(anvil), PassedOn)
    assert flock.take(bellows).job == job


def test_a_job_returns_to_the_host_that_failed_it_when_there_is_no_other(flock: Flock):
    anvil, bellows = flock.host("anvil"), flock.host("bellows")
    flock.submit()
    flock.give_back(flock.take(anvil), not_on="anvil")
    flock.store.run(fleet_moves.host_leave(bellows.name, bellows.fence, ["demo"]))
    assert flock.take(anvil).attempts == 2


def test_a_job_that_rests_is_claimed_only_after_its_rest(flock: Flock):
    host = flock.host()
    job = flock.submit()
    flock.give_back(flock.take(host), wait_ms=LONG_MS // 10)
    assert flock.claim(host) is None
    flock.hear()
    assert flock.bells() == 0
    flock.past(job, "not_before_ms")
    flock.sweep()
    assert flock.bells() == 1  # the end of its rest rings
    assert flock.take(host).job == job


def test_a_worker_that_goes_on_takes_the_bell_of_its_next_job_along(flock: Flock):
    host = flock.host()
    for _ in range(3):
        flock.submit()
    flock.hear()
    assert flock.take(host).more
    assert flock.take(host).more
    assert flock.bells() == 1
    assert not flock.take(host).more
    assert flock.bells() == 0


def test_a_worker_that_goes_on_leaves_the_bells_of_others(flock: Flock):
    host = flock.host()
    for _ in range(3):
        flock.submit()
    flock.hear()
    flock.hear()  # a second worker is about to claim
    flock.take(host)
    flock.take(host)
    assert flock.bells() == 1, "one job waits, and so does its bell"


def test_bells_of_jobs_that_got_their_notice_go_with_the_next_claim(flock: Flock):
    host = flock.host()
    for job in [flock.submit() for _ in range(5)]:
        flock.withdraw(job)
    flock.hear()
    assert flock.bells() == 4
    assert flock.claim(host) is None
    assert flock.bells() == 0


def pace(flock: Flock, job_ms: int) -> None:
    """Have answers take this long."""
    flock.client.hset(flock.store.key("pace"), MODEL, job_ms)


def test_how_long_answers_take_is_remembered(flock: Flock):
    host, job = flock.host(), flock.submit()
    claim = flock.take(host)
    flock.client.hincrby(flock.store.key("job", job), "claimed_ms", -80_000)
    flock.finish(claim)
    first = int(flock.client.hget(flock.store.key("pace"), MODEL))
    assert 80_000 <= first < 90_000
    flock.submit()
    flock.serve(host)
    assert int(flock.client.hget(flock.store.key("pace"), MODEL)) == pytest.approx(first * 7 / 8, rel=0.05)


def test_a_job_that_cannot_make_it_any_more_gives_way_to_one_that_can(flock: Flock):
    host, late, soon = flock.host(), flock.submit(deadline_s=20.0), flock.submit(user="bob", deadline_s=200.0)
    flock.client.hincrby(flock.store.key("job", late), "queued_ms", -100_000)
    pace(flock, 60_000)
    assert flock.take(host).job == soon
    assert flock.view(late).cause is Cause.EXPIRED


@pytest.mark.parametrize(("waited_ms", "left_s"), [(0, 20.0), (100_000, 65.0), (10_000, 20.0)])
def test_a_job_that_is_new_or_has_time_is_begun_though_answers_take_long(flock: Flock, waited_ms: int, left_s: float):
    host, job, _ = flock.host(), flock.submit(deadline_s=left_s), flock.submit(user="bob")
    flock.client.hincrby(flock.store.key("job", job), "queued_ms", -waited_ms)
    pace(flock, 60_000)
    assert flock.take(host).job == job


def test_whoever_waits_alone_is_begun_as_long_as_there_is_time(flock: Flock):
    host, job = flock.host(), flock.submit(deadline_s=20.0)
    flock.client.hincrby(flock.store.key("job", job), "queued_ms", -100_000)
    pace(flock, 60_000)
    assert flock.take(host).job == job


def test_of_many_that_cannot_make_it_the_last_is_begun(flock: Flock):
    host, late = flock.host(), [flock.submit(deadline_s=20.0) for _ in range(3)]
    for job in late:
        flock.client.hincrby(flock.store.key("job", job), "queued_ms", -100_000)
    pace(flock, 60_000)
    assert flock.take(host).job == late[-1]
    assert [flock.view(job).cause for job in late[:-1]] == [Cause.EXPIRED] * 2


@pytest.mark.parametrize(("slots", "share"), [(1, 1), (3, 1), (4, 1), (8, 2), (11, 2)])
def test_batch_holds_at_most_a_quarter_of_the_slots_and_at_least_one(flock: Flock, slots: int, share: int):
    host = flock.host(slots=slots)
    for _ in range(share + 1):
        flock.submit(job_class=BATCH)
    held = [flock.take(host) for _ in range(share)]
    assert flock.claim(host) is None
    flock.finish(held[0])
    assert flock.take(host)


def test_a_job_that_took_its_worker_down_runs_beside_no_other_such_job(flock: Flock):
    host = flock.host()
    suspects = {flock.submit(), flock.submit()}
    flock.take(host), flock.take(host)
    assert flock.store.run(fleet_moves.recover("anvil", blame=True)) == 2
    innocent = flock.submit()
    first = flock.take(host)
    assert first.job in suspects
    assert flock.take(host).job == innocent
    assert flock.claim(host) is None
    flock.finish(first)
    assert {flock.take(host).job} == suspects - {first.job}


def test_a_users_hundred_jobs_do_not_keep_another_waiting(flock: Flock):
    host = flock.host()
    for _ in range(100):
        flock.submit(user="ada")
    for _ in range(7):
        flock.serve(host)
    job = flock.submit(user="bob")
    assert job in [flock.serve(host) for _ in range(2)]


# ---------------------------------------------------------------- what is no longer worth starting
def test_what_cannot_make_it_is_shed_with_a_notice_and_the_next_is_served(flock: Flock):
    host = flock.host()
    late, good = flock.submit(), flock.submit()
    flock.past(late, "deadline_ms")
    assert flock.take(host).job == good
    view = flock.view(late)
    assert (view.state, view.cause, view.text) == (JobState.DELIVERED, Cause.EXPIRED, NOTICES[Cause.EXPIRED])
    assert view.attempts == 0


def test_shedding_the_head_of_a_session_lets_its_next_turn_be_claimed_at_once(flock: Flock):
    host = flock.host()
    late, following = flock.submit(session="s"), flock.submit(session="s")
    flock.past(late, "deadline_ms")
    claims = [flock.claim(host), flock.claim(host)]
    assert following in [claim.job for claim in claims if isinstance(claim, Claim)]


# ---------------------------------------------------------------- fences of hosts
def test_a_host_whose_name_was_taken_over_is_fenced(flock: Flock):
    old = flock.host("anvil")
    new = flock.host("anvil")  # the same machine, a new agent
    flock.submit()
    assert isinstance(flock.claim(old), Fenced)
    assert isinstance(flock.claim(new), Claim)


def test_a_host_whose_presence_has_lapsed_is_fenced(flock: Flock):
    host = flock.host()
    flock.submit()
    flock.client.zadd("rookery:hosts", {"anvil": 1})
    assert isinstance(flock.claim(host), Fenced)


def test_a_host_that_left_is_fenced(flock: Flock):
    host = flock.host()
    flock.submit()
    assert flock.store.run(fleet_moves.host_leave("anvil", host.fence, ["demo"]))
    assert isinstance(flock.claim(host), Fenced)


def test_a_living_host_on_another_machine_keeps_its_name(flock: Flock):
    host = flock.host()
    assert flock.store.run(fleet_moves.host_join("anvil", "elsewhere", LONG_MS)) == (0, "machine of anvil")
    flock.submit()
    assert flock.take(host)


def test_the_name_of_a_dead_host_is_free(flock: Flock):
    host = flock.host()
    flock.client.zadd("rookery:hosts", {"anvil": 1})
    fence, taken_by = flock.store.run(fleet_moves.host_join("anvil", "elsewhere", LONG_MS))
    assert (fence, taken_by) == (host.fence + 1, "")
    assert flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", [])) is False
    assert flock.store.run(fleet_moves.host_leave("anvil", host.fence, [])) is False


def test_a_claim_gives_no_more_of_the_window_than_is_kept(flock: Flock):
    flock.ways = Ways(window_turns=4)
    host = flock.host()
    for number in range(4):
        flock.submit(f"q{number}", session="s")
        flock.serve(host)
    flock.submit("last", session="s")
    assert [turn.text for turn in flock.take(host).window] == ["q2", "hi", "q3", "hi"]
