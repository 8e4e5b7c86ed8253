from __future__ import annotations

from sqlalchemy import Engine

from tasks.transcript import trials
from tasks.transcript.forgetting import Eraser
from tasks.transcript.keeping import write
from tests.tasks.transcript.said import exchange

A = "rook@20261122-aaaaaaaa"


def test_what_a_persona_was_asked_since_a_moment(engine: Engine) -> None:
    write(engine, [exchange("early", at_ms=100), exchange("other", at_ms=900, persona="wren")])
    write(engine, [exchange("j1", at_ms=900, text="hi", reply="yo", adapter=A, flags="cached,no adapter")])
    write(
        engine,
        [
            exchange("j2", at_ms=950, outcome="notice", cause="failed"),
            exchange("gone", at_ms=960, outcome="", state="withdrawn"),
        ],
    )
    one, two = trials.answered(engine, "rook", 500)
    assert (one.job, one.adapter, one.replied, one.cause, one.answered_ms) == ("j1", A, True, "", 910)
    assert (one.question, one.reply, one.flags) == ("hi", "yo", {"cached", "no adapter"})
    assert (two.job, two.replied, two.cause, two.reply, two.flags) == ("j2", False, "failed", "", frozenset())


def test_of_many_each_is_told_once_a_page_at_a_time(engine: Engine) -> None:
    many = trials.PAGE + 3
    write(engine, [exchange(f"j{number}", at_ms=1000 + number) for number in range(many)])
    found = [one.job for one in trials.answered(engine, "rook", 0)]
    assert found == [f"j{number}" for number in range(many)]


def test_of_what_was_forgotten_no_words_are_left(lite: Engine) -> None:
    write(lite, [exchange("j1", at_ms=900, text="hi", reply="yo")])
    Eraser(lite.url.render_as_string()).erase([("j1", 0), ("j1", 1)])
    (one,) = trials.answered(lite, "rook", 0)
    assert (one.replied, one.question, one.reply) == (True, "", "")
