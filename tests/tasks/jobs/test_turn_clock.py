"""The clock of a model tells one that never gets its turn from one in use."""

from __future__ import annotations

from tests.tasks.jobs.flock import MODEL, Flock

LONG_AGO_MS = 1


def clock(flock: Flock) -> float | None:
    started_ms: float | None = flock.client.zscore("rookery:turn", MODEL)
    return started_ms


def started_long_ago(flock: Flock) -> None:
    flock.client.zadd("rookery:turn", {MODEL: LONG_AGO_MS})


def test_it_starts_with_the_demand_and_further_jobs_leave_it_alone(flock: Flock):
    assert clock(flock) is None
    job = flock.submit()
    assert clock(flock) == float(flock.field(job, "queued_ms") or 0)
    started_long_ago(flock)
    flock.submit()
    assert clock(flock) == LONG_AGO_MS


def test_a_start_sets_it_anew_while_others_wait_and_ends_it_when_none_does(flock: Flock):
    host = flock.host()
    flock.submit(), flock.submit()
    started_long_ago(flock)
    claim = flock.take(host)
    assert clock(flock) == claim.claimed_ms
    flock.take(host)
    assert clock(flock) is None


def test_what_expires_or_is_withdrawn_leaves_it_alone(flock: Flock):
    host = flock.host()
    late, shed, gone = [flock.submit() for _ in range(3)]
    started_long_ago(flock)
    flock.past(late, "deadline_ms")
    flock.sweep()
    flock.withdraw(gone)
    flock.past(shed, "deadline_ms")
    assert flock.claim(host) is None
    assert clock(flock) == LONG_AGO_MS
    flock.submit()
    assert clock(flock) == LONG_AGO_MS, "the next one finds a model that starves"


def test_a_job_that_comes_back_leaves_it_alone(flock: Flock):
    host = flock.host()
    flock.submit(), flock.submit()
    claim = flock.take(host)
    started_long_ago(flock)
    flock.give_back(claim)
    assert clock(flock) == LONG_AGO_MS
