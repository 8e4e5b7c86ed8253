"""Exchanges as people and training see them."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import JobState, Outcome
from tasks.transcript.exchanges import every, job_view, latest, page
from tasks.transcript.keeping import write
from tasks.transcript.reading import Scope
from tests.tasks.transcript.ledger import EVERYTHING, Ledger
from tests.tasks.transcript.said import exchange, opinion

POSTED = {"request_bot": "heron", "request_reply_to": {"chat": "42"}, "sent": json.dumps({"0": "m1", "1": "m2"})}
ON_MESSAGE = {"bot": "heron", "chat": "42", "message": "m2"}


def opinions(engine: Engine, job: str = "j") -> dict[str, tuple[str, ...]]:
    return next(dict(said.opinions) for said in every(engine, EVERYTHING) if said.job == job)


def test_pages_follow_one_another_without_a_gap(engine: Engine):
    write(engine, [exchange(f"j{n}", at_ms=n * 10) for n in range(7)])
    found, after = [], 0
    while got := page(engine, EVERYTHING, after=after, at_most=3):
        found += [said.job for said in got]
        after = got[-1].number
    assert found == [f"j{n}" for n in range(7)]
    assert [said.job for said in latest(engine, EVERYTHING, 2)] == ["j5", "j6"]


def test_an_answer_that_was_given_anew_says_so_of_the_earlier_ones(engine: Engine):
    write(engine, [exchange("j1", at_ms=100), exchange("j2", at_ms=200, request_replaces="j1")])
    write(engine, [exchange("j3", at_ms=300, request_replaces="j1", outcome="notice")])
    assert [(said.job, said.replaced) for said in every(engine, EVERYTHING)] == [
        ("j1", True),
        ("j2", False),
        ("j3", False),
    ]


# ---------------------------------------------------------------- feedback
def test_feedback_is_found_by_job_and_by_message(engine: Engine):
    write(
        engine, [opinion("up", "ann", **ON_MESSAGE), exchange("j", **POSTED), opinion("up", "bob", job="j", at_ms=9000)]
    )
    write(engine, [exchange("other")])
    assert opinions(engine) == {"up": ("ann", "bob")}
    assert opinions(engine, "other") == {}


def test_a_message_of_the_same_number_in_another_chat_is_another_one(engine: Engine):
    write(engine, [exchange("j", **POSTED), opinion("up", **{**ON_MESSAGE, "chat": "43"})])
    assert opinions(engine) == {}


def test_saying_the_same_twice_changes_nothing_and_taking_it_back_does(engine: Engine):
    write(engine, [exchange("j", **POSTED)])
    write(engine, [opinion("up", at_ms=1, job="j"), opinion("up", at_ms=2, **ON_MESSAGE)])
    assert opinions(engine) == {"up": ("bob",)}
    write(engine, [opinion("up", at_ms=3, undone=True, **ON_MESSAGE)])
    assert opinions(engine) == {}
    write(engine, [opinion("up", at_ms=4, job="j"), opinion("down", at_ms=5, job="j", undone=True)])
    assert opinions(engine) == {"up": ("bob",)}


def test_a_correction_brings_what_should_have_been_said(engine: Engine):
    write(engine, [exchange("j"), opinion("corrected", job="j", text="a rook is a bird")])
    [said] = every(engine, EVERYTHING)
    assert said.corrections == ("a rook is a bird",)
    assert json.loads(json.dumps(said.public()))["opinions"] == {"corrected": ["bob"]}


# ---------------------------------------------------------------- explain
def test_a_job_that_redis_keeps_no_more_is_told_as_it_was(ledger: Ledger):
    job = ledger.say("what is a rook?", reply="a bird")
    seen = ledger.flock.view(job)
    ledger.archive()
    ledger.flock.client.delete(f"rookery:job:{job}", f"rookery:text:{job}")
    told = job_view(ledger.keeper.engine, EVERYTHING, job)
    assert told == seen
    assert (told.state, told.outcome, told.text) == (JobState.DELIVERED, Outcome.REPLY, "a bird")


def test_a_job_that_was_never_there_is_unknown(engine: Engine):
    write(engine, [exchange("j", request_tenant="a")])
    for scope, job in ((EVERYTHING, "gone"), (Scope(tenant="b"), "j")):
        with pytest.raises(UnknownJob):
            job_view(engine, scope, job)
