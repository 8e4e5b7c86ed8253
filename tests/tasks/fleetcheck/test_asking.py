from __future__ import annotations

import threading
from typing import Any

import pytest

from tasks.contracts.fleet import parse
from tasks.contracts.jobs import Cause, JobState, JobView, Mark, Outcome
from tasks.contracts.messages import Usage
from tasks.fleetcheck.asking import Answer, Asker, Question, answer_of
from tasks.fleetcheck.pausing import paused
from tasks.jobs import fleet_moves
from tasks.jobs.fleet_values import Word
from tests.tasks.jobs.flock import Flock

FLEET = parse({"model": [{"name": "demo", "builtin": "demo"}]}, "test")
MARKS = tuple(
    Mark(at_ms=at_ms, state=state)
    for at_ms, state in ((1000, JobState.RECEIVED), (1500, JobState.CLAIMED), (4000, JobState.DONE))
)


@pytest.fixture
def flock(redis_url: str):
    made = Flock(redis_url)
    yield made
    made.store.close()


def view(**fields: Any) -> JobView:
    made = {"job": "j", "state": JobState.DELIVERED, "fence": 1, "model": "demo", "session": "s", "host": "anvil"}
    replied = {"outcome": Outcome.REPLY, "marks": MARKS, "received_ms": 1000, "first_token_ms": 2000}
    return JobView(**{**made, **replied, "usage": Usage(completion_tokens=3), **fields})


def test_an_answer_says_who_gave_it_and_how_long_each_step_took():
    assert answer_of(Question("demo", "anvil"), view()) == Answer(
        "demo", "anvil", "anvil", "demo", True, "", waited_s=0.5, first_token_s=1.0, total_s=3.0, tokens=3
    )


@pytest.mark.parametrize(
    ("question", "fields", "ok", "trouble"),
    [
        (Question("demo"), {"flags": ("fallback",), "model": "small"}, True, ""),
        (Question("demo", "bellows"), {}, False, "anvil answered in its place"),
        (Question("demo", "anvil"), {"flags": ("failover",)}, False, "anvil answered in its place"),
        (Question("demo"), {"outcome": Outcome.NOTICE, "cause": Cause.EXPIRED}, False, "expired"),
        (Question("demo"), {"outcome": Outcome.NOTICE, "cause": Cause.FAILED, "error": "gone"}, False, "gone"),
    ],
)
def test_what_is_no_answer_from_there_says_why(question: Question, fields: dict[str, Any], ok: bool, trouble: str):
    answer = answer_of(question, view(**fields))
    assert (answer.ok, answer.trouble) == (ok, trouble)


def test_questions_are_answered_by_whoever_is_there(flock: Flock):
    host, heard = flock.host("anvil"), list[Answer]()
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            if flock.client.blpop("model.demo", timeout=1):
                flock.serve(host)

    server = threading.Thread(target=serve)
    server.start()
    answers = Asker(flock.store, FLEET, 30.0).ask_all([Question("demo", "anvil"), Question("demo")], heard.append)
    ended.set()
    server.join()
    assert [(answer.ok, answer.host) for answer in answers] == [(True, "anvil"), (True, "anvil")]
    assert len(heard) == 2


def test_a_question_that_nobody_hears_ends_in_time(flock: Flock):
    (answer,) = Asker(flock.store, FLEET, 0.05).ask_all([Question("demo")], lambda _answer: None)
    assert (answer.ok, answer.trouble, answer.host) == (False, "expired", "")


def test_a_host_is_paused_for_as_long_as_it_takes_and_goes_on_whatever_happens(flock: Flock):
    flock.host("anvil")

    words: list[Word | None] = []

    def listen() -> None:
        words.append(flock.store.run(fleet_moves.control("anvil")))

    def be_interrupted() -> None:
        with paused(flock.store, "anvil"):
            listen()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    listen()
    assert words == [Word.PAUSE, Word.RUN]
