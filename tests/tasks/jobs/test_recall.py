from __future__ import annotations

import pytest

from tasks.contracts.jobs import Cause, JobState
from tasks.contracts.messages import JobClass
from tasks.jobs import moves
from tasks.jobs.values import Ways
from tests.tasks.jobs.flock import Flock


def take(flock: Flock) -> tuple[str, int, str]:
    taken = flock.store.run(moves.take_recall())
    assert taken is not None
    job, fence, request = taken
    return job, fence, request.text


def hand_in(flock: Flock, job: str, fence: int, text: str = "she likes tea") -> bool:
    return flock.store.run(moves.recalled(job, fence, text))


def test_a_job_that_wants_memories_waits_for_them_and_then_for_a_host(flock: Flock):
    host = flock.host()
    job = flock.submit("what do I like?", recall=True)
    assert flock.state(job) == "recalling"
    assert (flock.bells("recall"), flock.bells()) == (1, 0)
    assert flock.claim(host) is None
    taken, fence, text = take(flock)
    assert (taken, text) == (job, "what do I like?")
    assert hand_in(flock, job, fence)
    assert (flock.state(job), flock.bells()) == ("queued", 1)
    claim = flock.take(host)
    assert claim.recalled == "she likes tea"
    assert flock.view(job).flags == ()


def test_a_recall_is_taken_once_and_the_oldest_first(flock: Flock):
    jobs = []
    for number in range(3):
        jobs.append(flock.submit(recall=True))
        flock.client.zadd("rookery:recalling", {jobs[-1]: number})
    assert [take(flock)[0] for _ in jobs] == jobs
    assert flock.store.run(moves.take_recall()) is None


@pytest.mark.parametrize("taken", [True, False])
def test_memories_that_take_too_long_are_not_waited_for(flock: Flock, taken: bool):
    host = flock.host()
    job = flock.submit(recall=True)
    fence = take(flock)[1] if taken else flock.view(job).fence
    flock.past(job)
    flock.sweep()
    assert (flock.state(job), flock.view(job).flags, flock.bells()) == ("queued", ("no memory",), 1)
    assert hand_in(flock, job, fence) is False
    assert flock.take(host).recalled == ""
    assert not flock.client.exists("rookery:recalling")


def test_the_wait_for_memories_is_what_the_settings_say(flock: Flock):
    flock.ways = Ways(recall_ms=700)
    job = flock.submit(recall=True)
    view = flock.view(job)
    assert flock.client.zscore("rookery:live", job) == view.marks[-1].at_ms + 700


def test_memories_for_a_job_that_was_taken_back_are_refused(flock: Flock):
    job = flock.submit(recall=True)
    _, fence, _ = take(flock)
    flock.withdraw(job)
    assert hand_in(flock, job, fence) is False
    assert flock.state(job) == "withdrawn"


def test_a_recall_that_was_taken_back_is_not_handed_out(flock: Flock):
    flock.withdraw(flock.submit(recall=True))
    assert flock.store.run(moves.take_recall()) is None


def test_a_job_past_its_deadline_is_not_sent_for_memories_but_ended(flock: Flock):
    job = flock.submit(recall=True)
    flock.past(job, "deadline_ms")
    flock.sweep()
    view = flock.view(job)
    assert (view.state, view.cause) == (JobState.DELIVERED, Cause.EXPIRED)
    assert not flock.client.exists("rookery:recalling")


def test_the_next_turn_asks_for_memories_only_when_it_starts(flock: Flock):
    host = flock.host()
    flock.submit(session="s")
    following = flock.submit(session="s", recall=True)
    assert (flock.state(following), flock.bells("recall")) == ("received", 0)
    flock.serve(host)
    assert (flock.state(following), flock.bells("recall")) == ("recalling", 1)


@pytest.mark.parametrize("job_class", list(JobClass))
def test_a_job_that_does_not_ask_never_recalls(flock: Flock, job_class: JobClass):
    job = flock.submit(job_class=job_class)
    assert flock.state(job) == "queued"
    assert flock.bells("recall") == 0
    assert JobState.RECALLING not in {mark.state for mark in flock.view(job).marks}


def test_a_try_that_failed_does_not_recall_again(flock: Flock):
    host = flock.host()
    job = flock.submit(recall=True)
    _, fence, _ = take(flock)
    hand_in(flock, job, fence)
    flock.give_back(flock.take(host))
    assert flock.state(job) == "queued"
    assert flock.take(host).recalled == "she likes tea"


def test_the_ids_of_what_was_recalled_are_seen_with_the_job_and_stay_with_its_words(flock: Flock):
    job = flock.submit(recall=True)
    _, fence, _ = take(flock)
    assert flock.store.run(moves.recalled(job, fence, "she likes tea", ["m1", "m2"]))
    assert (flock.view(job).memories, flock.view(job).recalled, flock.view(job).flags) == (
        ("m1", "m2"),
        "she likes tea",
        (),
    )
    flock.serve(flock.host())
    assert flock.view(job).memories == ("m1", "m2")


def test_who_cannot_look_says_so_and_the_job_goes_on_at_once_with_a_flag(flock: Flock):
    job = flock.submit(recall=True)
    _, fence, _ = take(flock)
    assert flock.store.run(moves.recalled(job, fence, "", away=True))
    assert (flock.state(job), flock.view(job).flags, flock.view(job).memories) == ("queued", ("no memory",), ())
