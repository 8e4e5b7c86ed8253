from __future__ import annotations

import pytest

from tasks.contracts.jobs import NOTICES, Cause, JobState, Outcome, notice_of
from tasks.contracts.messages import JobClass
from tasks.jobs import fleet_moves, moves
from tasks.jobs.values import Claim, HostCard, Ways
from tests.tasks.jobs.flock import LONG_MS, Flock

LEASE_MS = 300_000


def renew(flock: Flock, *claims: Claim, slots: int = 4) -> list[str]:
    return flock.store.run(moves.renew(slots, [(claim.job, claim.fence) for claim in claims]))


def test_a_renewed_lease_ends_later(flock: Flock):
    host = flock.host()
    job = flock.submit()
    claim = flock.take(host, lease_ms=LEASE_MS)
    flock.past(job, "lease_ms")
    assert renew(flock, claim) == ["held"]
    assert int(flock.field(job, "lease_ms") or 0) >= claim.claimed_ms + LEASE_MS
    flock.past(job)
    flock.sweep()
    assert flock.state(job) == "claimed"


def test_renewing_says_for_each_job_how_it_stands(flock: Flock):
    host = flock.host()
    for _ in range(3):
        flock.submit()
    claims = [flock.take(host) for _ in range(3)]
    flock.withdraw(claims[1].job)
    assert renew(flock, *claims) == ["held", "lost", "held"]
    assert renew(flock) == []


def test_the_sweeper_looks_when_the_lease_ends_and_not_before(flock: Flock):
    host = flock.host()
    job = flock.submit(deadline_s=LONG_MS)
    claim = flock.take(host, lease_ms=LEASE_MS)
    assert flock.client.zscore("rookery:live", job) == claim.claimed_ms + LEASE_MS
    flock.past(job)
    flock.sweep()
    assert flock.state(job) == "claimed"


def test_a_lapsed_job_goes_back_to_the_head_of_the_queue_with_a_bell(flock: Flock):
    host = flock.host()
    job, other = flock.submit(), flock.submit()
    claim = flock.take(host)
    flock.delta(claim, 0, "half an ans")
    while flock.hear():
        pass
    flock.lapse(job)
    view = flock.view(job)
    assert (view.state, view.attempts, view.host, view.text) == (JobState.QUEUED, 1, "", "")
    assert view.fence > claim.fence
    assert "lapsed" in view.marks[-1].why
    assert flock.bells() == 1
    again = flock.take(host)
    assert (again.job, again.attempts) == (job, 2)
    assert flock.take(host).job == other


def test_the_third_lapse_is_a_notice_and_the_job_is_on_the_dead_list(flock: Flock):
    host = flock.host()
    job = flock.submit()
    for _ in range(3):
        flock.take(host)
        flock.lapse(job)
    view = flock.view(job)
    assert (view.state, view.outcome, view.cause) == (JobState.DELIVERED, Outcome.NOTICE, Cause.FAILED)
    assert view.text == NOTICES[Cause.FAILED]
    assert "lapsed" in view.error
    assert flock.store.run(moves.list_jobs("dead")) == [job]
    assert flock.store.run(moves.list_jobs("live")) == []


def test_tries_are_those_of_the_submit(flock: Flock):
    flock.ways = Ways(tries=1)
    host = flock.host()
    job = flock.submit()
    flock.ways = Ways(tries=9)
    flock.take(host)
    flock.lapse(job)
    assert flock.view(job).cause is Cause.FAILED


@pytest.mark.parametrize("late", ["finish", "delta", "give_back", "renew"])
@pytest.mark.parametrize("meanwhile", ["queued", "claimed by another", "delivered", "withdrawn"])
def test_a_late_writer_is_refused_and_changes_nothing(flock: Flock, late: str, meanwhile: str):
    host = flock.host()
    job = flock.submit()
    old = flock.take(host)
    if meanwhile == "withdrawn":
        flock.withdraw(job)
    else:
        flock.lapse(job)
    if meanwhile in ("claimed by another", "delivered"):
        new = flock.take(host)
        flock.delta(new, 0, "new")
        if meanwhile == "delivered":
            flock.finish(new, "new")
    before = flock.dump()
    answers = {
        "finish": lambda: flock.finish(old, "stale"),
        "delta": lambda: flock.delta(old, 0, "stale"),
        "give_back": lambda: flock.give_back(old) != "lost",
        "renew": lambda: renew(flock, old) == ["held"],
    }
    assert answers[late]() is False
    after = flock.dump()
    assert {name: value[:2] for name, value in after.items()} == {name: value[:2] for name, value in before.items()}


def test_a_job_that_is_past_its_deadline_in_a_workers_hands_ends_in_a_notice(flock: Flock):
    host = flock.host()
    job = flock.submit()
    claim = flock.take(host)
    flock.delta(claim, 0, "too slow")
    flock.past(job, "deadline_ms")
    flock.sweep()
    view = flock.view(job)
    assert (view.state, view.cause) == (JobState.DELIVERED, Cause.EXPIRED)
    assert view.text == NOTICES[Cause.EXPIRED]
    assert flock.finish(claim) is False
    assert not flock.client.exists("rookery:claims:anvil:demo")


def test_an_answer_past_its_deadline_is_a_notice_too(flock: Flock):
    host = flock.host()
    job = flock.submit()
    claim = flock.take(host)
    flock.client.hset(flock.store.key("job", job), "deadline_ms", 1)
    assert flock.finish(claim)
    assert flock.view(job).cause is Cause.EXPIRED
    assert not flock.client.exists(flock.store.key("session", "session1"))


def test_the_look_at_a_held_job_is_no_later_than_its_deadline(flock: Flock):
    host = flock.host()
    job = flock.submit(deadline_s=100)
    claim = flock.take(host, lease_ms=LONG_MS)
    assert flock.client.zscore("rookery:live", job) == claim.deadline_ms
    renew(flock, claim)
    assert flock.client.zscore("rookery:live", job) == claim.deadline_ms


# ---------------------------------------------------------------- giving back
def test_a_job_that_is_given_back_keeps_its_place_and_says_why(flock: Flock):
    host = flock.host()
    job = flock.submit()
    assert flock.give_back(flock.take(host), error="EngineError: down") == "queued"
    view = flock.view(job)
    assert (view.attempts, view.error, view.marks[-1].why) == (1, "EngineError: down", "EngineError: down")
    assert flock.take(host).job == job


@pytest.mark.parametrize("cause", [Cause.REJECTED, Cause.TOO_LONG])
def test_a_job_that_no_engine_will_take_ends_at_once_in_its_notice(flock: Flock, cause: Cause):
    host = flock.host()
    job = flock.submit()
    assert flock.give_back(flock.take(host), cause.value, "400") == "delivered"
    view = flock.view(job)
    assert (view.cause, view.text, view.error) == (cause, NOTICES[cause], "400")
    assert flock.store.run(moves.list_jobs("dead")) == []


def test_the_last_try_that_is_given_back_is_a_notice(flock: Flock):
    flock.ways = Ways(tries=2)
    host = flock.host()
    job = flock.submit()
    assert flock.give_back(flock.take(host)) == "queued"
    assert flock.give_back(flock.take(host), error="down again") == "delivered"
    view = flock.view(job)
    assert (view.cause, view.error) == (Cause.FAILED, "down again")


@pytest.mark.parametrize("error", ["a\r\nb", "a\nb", "a|b|c", "a\u2028b\x0bc\x85d", ""])
def test_whatever_an_error_says_the_trail_can_be_read(flock: Flock, error: str):
    host = flock.host()
    job = flock.submit()
    flock.give_back(flock.take(host), error=error)
    view = flock.view(job)
    assert view.error == error
    assert view.marks[-1].why == error.replace("\n", " ")


def test_batch_on_the_only_slot_yields_to_a_person_without_losing_a_try(flock: Flock):
    host = flock.host(slots=1)
    job = flock.submit(job_class=JobClass.BATCH)
    claim = flock.take(host)
    assert renew(flock, claim, slots=1) == ["held"]
    person = flock.submit(user="bob")
    assert renew(flock, claim, slots=2) == ["held"]
    assert renew(flock, claim, slots=1) == ["yield"]
    assert flock.give_back(claim, "yield", "a person waits") == "queued"
    assert flock.view(job).attempts == 0
    assert [flock.serve(host), flock.serve(host)] == [person, job]


def test_a_person_does_not_yield_to_another(flock: Flock):
    host = flock.host(slots=1)
    flock.submit()
    claim = flock.take(host)
    flock.submit(user="bob")
    assert renew(flock, claim, slots=1) == ["held"]


def test_the_trail_of_a_job_that_yields_again_and_again_stays_short(flock: Flock):
    host = flock.host(slots=1)
    job = flock.submit(job_class=JobClass.BATCH)
    for _ in range(120):
        flock.give_back(flock.take(host), "yield", "a person waits")
    view = flock.view(job)
    assert view.state is JobState.QUEUED
    assert len(flock.field(job, "marks") or "") < 4_500
    assert (view.marks[0].state, view.marks[-1].why) == (JobState.RECEIVED, "a person waits")


# ---------------------------------------------------------------- workers that died
def claimed_by(flock: Flock, host: HostCard, worker: str, model: str = "demo") -> str:
    job = flock.submit(model=model)
    assert flock.take(host, worker=worker, model=model).job == job
    return job


def test_what_a_dead_worker_held_goes_back_at_once(flock: Flock):
    host = flock.host()
    mine, others = claimed_by(flock, host, "w1"), claimed_by(flock, host, "w2")
    assert flock.store.run(fleet_moves.recover("anvil", worker="w1")) == 1
    assert [flock.state(mine), flock.state(others)] == ["queued", "claimed"]
    assert flock.view(mine).crashes == 0


def test_recovering_one_model_leaves_the_others_alone(flock: Flock):
    host = flock.host("anvil", "demo", "other")
    mine, others = claimed_by(flock, host, "w1"), claimed_by(flock, host, "w1", "other")
    assert flock.store.run(fleet_moves.recover("anvil", model_slug="demo")) == 1
    assert [flock.state(mine), flock.state(others)] == ["queued", "claimed"]
    assert flock.store.run(fleet_moves.recover("anvil")) == 1
    assert flock.state(others) == "queued"


def test_a_host_recovers_nothing_of_another(flock: Flock):
    job = claimed_by(flock, flock.host("bellows"), "w1")
    assert flock.store.run(fleet_moves.recover("anvil")) == 0
    assert flock.state(job) == "claimed"


def test_a_job_that_takes_its_worker_down_three_times_is_stopped(flock: Flock):
    host = flock.host()
    job = flock.submit()
    for _ in range(3):
        flock.take(host)
        assert flock.store.run(fleet_moves.recover("anvil", blame=True)) == 1
    view = flock.view(job)
    assert (view.crashes, view.cause, view.text) == (3, Cause.CRASHED, NOTICES[Cause.CRASHED])
    assert flock.store.run(moves.list_jobs("dead")) == [job]


def test_nothing_is_left_of_a_hold_when_it_ends(flock: Flock):
    host = flock.host()
    job = flock.submit(job_class=JobClass.BATCH)
    flock.take(host)
    flock.store.run(fleet_moves.recover("anvil", blame=True))
    flock.serve(host)
    assert flock.state(job) == "delivered"
    assert not {name for name in flock.names() if ":claims" in name}


def test_the_last_of_several_tries_says_in_which_way_it_failed(flock: Flock):
    flock.ways = Ways(tries=1)
    job = flock.submit(model="demo")
    flock.give_back(flock.take(flock.host()), error="ModelLoadFailed: no", cause=Cause.NOT_LOADED)
    view = flock.view(job)
    assert (view.cause, view.text) == (Cause.NOT_LOADED, notice_of(Cause.NOT_LOADED, "demo"))
    assert view.text.startswith("My model demo would not load")
    assert flock.store.run(moves.list_jobs("dead")) == [job]
