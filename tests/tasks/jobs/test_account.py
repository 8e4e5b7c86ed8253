"""What there is to say about each step of a job."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.jobs import Cause, JobState, JobView, Mark, Outcome
from tasks.contracts.messages import JobClass, Usage
from tasks.jobs.account import account
from tests.tasks.jobs.flock import Flock


def told(*marks: tuple[int, JobState] | tuple[int, JobState, str], **fields: Any) -> list[str]:
    made = {"job": "j", "state": marks[-1][1], "fence": 1, "model": "crow", "session": "s", "received_ms": 0}
    trail = tuple(Mark(at_ms=at_ms, state=state, why="".join(why)) for at_ms, state, *why in marks)
    return account(JobView(**{**made, "marks": trail, **fields}))


def test_a_person_waits_for_a_persona_and_batch_work_for_nobody():
    assert told((0, JobState.RECEIVED), persona="Nova") == ["for Nova"]
    said = told((0, JobState.RECEIVED, "no host is up"), job_class=JobClass.BATCH)
    assert said == ["as batch work · no host is up"]


@pytest.mark.parametrize(("ahead", "place"), [(0, "next in line"), (3, "3 have waited longer")])
def test_what_still_waits_says_for_whom_and_behind_how_many(ahead, place):
    assert told((0, JobState.QUEUED), ahead=ahead) == [f"waits for a host with crow · {place}"]
    (words,) = told((0, JobState.QUEUED), ahead=ahead, eta_s=12.34)
    assert words.endswith(f"{place} · an answer in about 12.3 s")


def test_each_try_has_its_number_and_its_end_its_reason():
    said = told(
        (0, JobState.QUEUED),
        (10, JobState.CLAIMED),
        (20, JobState.QUEUED, "EngineStalled: no token"),
        (30, JobState.CLAIMED, "anvil had failed"),
        (40, JobState.GENERATING),
        outcome=None,
    )
    assert said == [
        "waits for a host with crow",
        "heard the bell, and it was its turn",
        "back to the queue · EngineStalled: no token",
        "try 2 · anvil had failed",
        "the first words after 10 ms",
    ]


def test_a_reply_says_how_fast_it_was_read_and_written():
    said = told(
        (0, JobState.CLAIMED, "it answered this session last"),
        (1_500, JobState.GENERATING),
        (3_500, JobState.DONE),
        outcome=Outcome.REPLY,
        first_token_ms=1_500,
        usage=Usage(prompt_tokens=800, completion_tokens=60),
    )
    assert said == [
        "it answered this session last",
        "read 800 tokens in 1.5 s, then the first words",
        "a reply of 60 tokens · 30 a second",
    ]


def test_a_notice_says_why():
    said = told((0, JobState.DONE, "not_loaded"), outcome=Outcome.NOTICE, cause=Cause.NOT_LOADED)
    assert said == ["a notice: not_loaded"]


@pytest.fixture
def flock(redis_url: str) -> Flock:
    """A ledger."""
    return Flock(redis_url)


def test_the_ledger_tells_why_a_host_got_a_job(flock):
    anvil, bellows = flock.host("anvil"), flock.host("bellows")
    flock.submit(session="s")
    flock.serve(anvil)
    again = flock.submit(session="s")
    flock.give_back(flock.take(anvil), not_on="anvil")
    flock.past(again, "not_before_ms")
    flock.take(bellows)
    marks = flock.view(again).marks
    assert [mark.why for mark in marks if mark.state is JobState.CLAIMED] == [
        "it answered this session last",
        "anvil had failed",
    ]
