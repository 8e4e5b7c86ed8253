"""What a person wants of their memories, as a job: accepted, seen to by whoever keeps the memories, answered once."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.jobs import NOTICES, Cause, JobState, Outcome
from tasks.contracts.wishes import LIVES_S, Wish, request_for, wish_of
from tasks.jobs import granting, moves
from tasks.jobs.steps import ending
from tasks.jobs.values import Ways
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.test_recall import take as take_question

FORGET = Wish(kind="forget", about="my birthday")


def wish(flock: Flock, wished: Wish = FORGET, job: str = "w1", person: str = "discord:7", **where: Any) -> str:
    return flock.accept(request_for(wished, job, person, **where)).job


def take(flock: Flock) -> tuple[str, int]:
    taken = flock.store.run(granting.take())
    assert taken is not None
    return taken[:2]


def grant(flock: Flock, job: str, fence: int) -> bool:
    return flock.store.run(granting.granted(job, fence, "It is gone."))


def test_it_waits_for_nobody_but_whoever_keeps_the_memories_and_ends_there(flock: Flock):
    accepted = flock.accept(request_for(FORGET, "w1", "discord:7"))
    assert (accepted.hosted, accepted.state) == (True, JobState.RECALLING)
    assert (flock.bells("recall"), flock.bells(), flock.bells("model.memory")) == (1, 0, 0)
    assert flock.claim(flock.host()) is None
    taken = flock.store.run(granting.take())
    assert taken is not None
    assert wish_of(taken[2]) == FORGET
    assert grant(flock, *taken[:2])
    view = flock.view("w1")
    assert (view.state, view.outcome, view.text) == (JobState.DELIVERED, Outcome.REPLY, "It is gone.")
    assert (view.work, view.flags, view.error) == ("memory", (), "")
    assert ending(view) == "done by whoever keeps the memories"


def test_a_bot_is_told_by_its_outbox_as_of_any_job(flock: Flock):
    job = wish(flock, bot="heron", reply_to={"chat": "1"})
    assert grant(flock, *take(flock))
    assert flock.state(job) == "done"
    assert flock.client.xlen("rookery:outbox:heron") == 1


def test_what_a_person_wants_is_done_in_the_order_in_which_they_wanted_it(flock: Flock):
    first, other = wish(flock), wish(flock, job="w2", person="discord:8")
    second = wish(flock, Wish(kind="list"), job="w3")
    assert {take(flock)[0], take(flock)[0]} == {first, other}
    assert flock.store.run(granting.take()) is None
    assert flock.state(second) == "received"
    assert grant(flock, first, flock.view(first).fence)
    assert take(flock)[0] == second


def test_no_question_waits_behind_it_and_no_question_is_taken_for_it(flock: Flock):
    job = wish(flock)
    asked = flock.submit("what do I like?", recall=True)
    assert take_question(flock)[0] == asked
    assert flock.store.run(moves.take_recall()) is None
    assert take(flock)[0] == job


def test_who_dies_over_it_is_not_waited_for_and_cannot_answer_it_any_more(flock: Flock):
    job = wish(flock)
    _, late = take(flock)
    flock.past(job)
    flock.sweep()
    assert flock.bells("recall") == 2
    taken, fence = take(flock)
    assert (taken, flock.view(job).attempts) == (job, 2)
    assert grant(flock, job, late) is False
    assert grant(flock, job, fence)


def test_each_time_it_comes_back_it_is_given_out_for_twice_as_long(flock: Flock):
    job, waits = wish(flock), []
    for _ in range(3):
        take(flock)
        waits.append(flock.client.zscore("rookery:live", job) - int(flock.client.time()[0]) * 1000)
        flock.past(job)
        flock.sweep()
    for at, wait in enumerate(waits):
        assert granting.HOLD_MS * 2**at - 2_000 < wait < granting.HOLD_MS * 2**at + 2_000


def test_a_bell_that_got_lost_is_rung_again_and_the_job_stays_as_it_was(flock: Flock):
    job = wish(flock)
    flock.hear("recall")
    fence = flock.view(job).fence
    flock.past(job)
    flock.sweep()
    assert (flock.bells("recall"), flock.view(job).fence, len(flock.view(job).marks)) == (1, fence, 2)
    assert take(flock) == (job, fence)


def test_what_cannot_be_done_now_is_done_later_and_that_try_was_none(flock: Flock):
    job = wish(flock)
    _, fence = take(flock)
    assert flock.store.run(granting.put_off(job, fence, "MemoryUnavailable: its disk is full", 5_000))
    assert grant(flock, job, fence) is False
    assert flock.store.run(granting.put_off(job, fence, "again", 5_000)) is False
    flock.past(job)
    flock.sweep()
    view = flock.view(job)
    assert (view.state, view.attempts, view.marks[-1].why) == (
        JobState.RECALLING,
        0,
        "MemoryUnavailable: its disk is full",
    )
    assert grant(flock, *take(flock))


@pytest.mark.parametrize("taken", [True, False])
def test_past_its_deadline_the_person_is_told_what_to_do(flock: Flock, taken: bool):
    job = wish(flock)
    if taken:
        take(flock)
    flock.past(job, "deadline_ms")
    flock.sweep()
    view = flock.view(job)
    assert (view.state, view.cause, view.text) == (
        JobState.DELIVERED,
        Cause.NOT_GRANTED,
        NOTICES[Cause.NOT_GRANTED],
    )
    assert flock.store.run(moves.list_jobs("dead")) == [job]
    assert not flock.client.exists("rookery:wishing")


def test_one_that_never_had_its_turn_is_told_the_same(flock: Flock):
    wish(flock)
    following = wish(flock, Wish(kind="list"), job="w2")
    flock.past(following, "deadline_ms")
    flock.sweep()
    assert flock.view(following).cause is Cause.NOT_GRANTED


def test_a_withdrawn_one_is_not_handed_out_and_not_answered(flock: Flock):
    assert flock.withdraw(wish(flock)) is JobState.WITHDRAWN
    assert flock.store.run(granting.take()) is None
    other = wish(flock, job="w2")
    _, fence = take(flock)
    flock.withdraw(other)
    assert grant(flock, other, fence) is False


def test_its_words_are_no_message_that_could_be_edited(flock: Flock):
    job = wish(flock)
    assert flock.store.run(moves.edit(flock.request("something else", job=job))) is False
    taken = flock.store.run(granting.take())
    assert taken is not None
    assert wish_of(taken[2]) == FORGET


def test_what_was_wanted_and_answered_is_kept_for_half_a_minute_and_never_archived(flock: Flock):
    flock.ways = Ways(archive=True)
    job = wish(flock)
    grant(flock, *take(flock))
    assert 0 < flock.client.ttl(f"rookery:text:{job}") <= granting.LIFE_S < 60
    assert not flock.client.exists("rookery:archive", "rookery:session:memory:discord:7")


def test_a_model_knows_nothing_of_it(flock: Flock):
    wish(flock)
    grant(flock, *take(flock))
    wish(flock, job="w2")
    flock.past("w2", "deadline_ms")
    flock.sweep()
    assert not [name for name in flock.client.scan_iter("rookery:*") if name.split(":")[1] in ("measures", "tally")]


@pytest.mark.parametrize("kind", ["remember", "list", "forget", "export"])
def test_a_forget_is_tried_for_a_day_and_a_list_for_as_long_as_people_wait(kind: Any):
    request = request_for(Wish(kind=kind), "j", "discord:7", tenant="discord:1", channel="discord:2")
    assert request.deadline_s == LIVES_S[kind]
    assert (request.user, request.person, request.session) == ("discord:7", "discord:7", "memory:discord:7")


def test_a_job_of_another_work_is_neither_granted_nor_put_off(flock: Flock):
    job = flock.submit(recall=True)
    _, fence, _ = take_question(flock)
    assert grant(flock, job, fence) is False
    assert flock.store.run(granting.put_off(job, fence, "no", 1)) is False
