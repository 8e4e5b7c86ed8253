"""Asking once more what failed."""

from __future__ import annotations

import pytest

from tasks.contracts.errors import JobMoved, UnknownJob
from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.contracts.messages import Then
from tasks.jobs import moves, retrying
from tests.tasks.jobs.flock import Flock


def fail(flock: Flock, job: str) -> str:
    """Have every try of a job fail."""
    host = flock.host()
    while flock.give_back(flock.take(host)) == "queued":
        pass
    return job


def retry(flock: Flock, job: str) -> str:
    accepted = flock.accept(retrying.again(flock.store.run(retrying.kept(job))))
    assert flock.store.run(retrying.retried(job, accepted.job)) is accepted.fresh
    return accepted.job


def dead(flock: Flock) -> list[str]:
    return flock.store.run(moves.list_jobs("dead"))


def test_what_failed_is_asked_once_more_in_the_same_words_and_counts_as_dead_no_longer(flock: Flock) -> None:
    job = fail(flock, flock.submit("how high?", persona="wren", user="ben", pin="anvil"))
    assert dead(flock) == [job]
    again = retry(flock, job)
    assert dead(flock) == []
    claim = flock.take(flock.host())
    assert claim.job == again
    request = claim.request
    assert (request.text, request.persona, request.user, request.pin) == ("how high?", "wren", "ben", "anvil")
    assert flock.store.run(retrying.kept(job)).retried == again


def test_whoever_asks_twice_gets_one(flock: Flock) -> None:
    job = fail(flock, flock.submit())
    assert retry(flock, job) == retry(flock, job)
    assert flock.state(retry(flock, job)) == "queued"


def test_a_retry_that_fails_can_be_tried_again_itself(flock: Flock) -> None:
    first = fail(flock, flock.submit())
    second = fail(flock, retry(flock, first))
    assert dead(flock) == [second]
    assert retry(flock, second) not in (first, second)


def test_no_bound_on_what_is_in_flight_holds_up_a_retry(flock: Flock) -> None:
    job = fail(flock, flock.submit(max_in_flight=1, user="ben"))
    flock.submit(user="ben")
    assert flock.state(retry(flock, job)) == "queued"


def test_words_as_they_were_edited_are_asked_again(flock: Flock) -> None:
    request = flock.request("first")
    flock.accept(request)
    flock.store.run(moves.edit(request.model_copy(update={"text": "second"})))
    fail(flock, request.job)
    assert retrying.again(flock.store.run(retrying.kept(request.job))).text == "second"


def test_what_was_answered_waits_or_was_taken_back_is_left_alone(flock: Flock) -> None:
    host = flock.host()
    answered = flock.submit()
    flock.serve(host)
    taken_back, waits = flock.submit(), flock.submit()
    flock.withdraw(taken_back)
    for job, why in ((answered, "was answered"), (taken_back, "was taken back"), (waits, "is not over")):
        left = flock.store.run(retrying.kept(job))
        assert not left.may_retry
        with pytest.raises(JobMoved, match=why):
            retrying.again(left)


def test_words_that_are_no_longer_kept_cannot_be_asked(flock: Flock) -> None:
    job = fail(flock, flock.submit())
    flock.client.delete(flock.store.key("text", job))
    left = flock.store.run(retrying.kept(job))
    assert (left.view.outcome, left.view.cause) == (Outcome.NOTICE, Cause.FAILED)
    with pytest.raises(JobMoved, match="no longer kept"):
        retrying.again(left)


def test_a_step_of_a_task_is_its_tasks_business(flock: Flock) -> None:
    job = fail(flock, flock.submit(then=Then(task="memory.go_on", queue="upkeep")))
    flock.store.run(moves.deliver(job, None, JobState.DELIVERED))
    with pytest.raises(JobMoved, match="a step of a task"):
        retrying.again(flock.store.run(retrying.kept(job)))


def test_a_notice_that_is_still_on_its_way_to_people_is_waited_for(flock: Flock) -> None:
    job = fail(flock, flock.submit(bot="rook"))
    with pytest.raises(JobMoved, match="not over"):
        retrying.again(flock.store.run(retrying.kept(job)))


def test_a_job_that_nobody_knows_is_said_so(flock: Flock) -> None:
    with pytest.raises(UnknownJob):
        flock.store.run(retrying.kept("nobody"))
