"""What the flock reads of the transcript, and that tenants never mix."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tasks.transcript.database import open_database
from tasks.transcript.exchanges import every, latest, page
from tasks.transcript.keeping import write
from tasks.transcript.reading import Scope, epochs, sessions, window
from tasks.transcript.totals import totals
from tests.tasks.transcript.said import exchange, note

SESSION = "web:rook:s"
TENANTS = ("discord:g1", "discord:g2", "telegram:c1")


def texts(engine: Engine, turns: int = 40, session: str = SESSION) -> list[str]:
    return [turn.text for turn in window(engine, Scope(session=session), turns)]


def test_a_scope_must_say_whose():
    with pytest.raises(ValueError, match="tenant or a session"):
        Scope()


def test_a_window_is_the_latest_turns_in_the_order_in_which_they_were_answered(engine: Engine):
    write(engine, [exchange(f"j{n}", at_ms=n * 100, text=f"q{n}", reply=f"a{n}") for n in (3, 1, 2)])
    assert texts(engine) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert texts(engine, turns=3) == ["a2", "q3", "a3"]
    assert texts(engine, session="web:rook:other") == []


def test_of_several_answers_to_one_message_the_last_one_counts(engine: Engine):
    write(engine, [exchange("j1", at_ms=100, reply="first"), exchange("j2", at_ms=200, text="next", reply="other")])
    write(engine, [exchange("j3", at_ms=300, text="again", reply="second", request_replaces="j1")])
    assert texts(engine) == ["next", "other", "again", "second"]
    assert [turn.job for turn in window(engine, Scope(session=SESSION), 40)] == ["j2", "j2", "j1", "j1"]


def test_what_was_not_answered_or_not_to_be_remembered_is_in_no_window(engine: Engine):
    write(
        engine, [exchange("j1", outcome="notice"), exchange("j2", request_remember=False), exchange("j3", outcome="")]
    )
    assert texts(engine) == []


def test_what_was_said_before_a_session_was_forgotten_is_in_no_window(engine: Engine):
    write(engine, [exchange("j1", at_ms=100), note("forget", 150, session=SESSION, at_ms="150")])
    write(engine, [exchange("j2", at_ms=200, text="after", reply="yes"), note("forget", 500, session="x", at_ms="500")])
    assert texts(engine) == ["after", "yes"]


def test_the_present_conversation_of_a_chat_is_the_one_that_was_begun_last(engine: Engine):
    write(engine, [note("reset", at, session="a", epoch=str(at)) for at in (7, 9, 8)])
    write(engine, [note("reset", 5, session="b", epoch="5"), note("forget", 99, session="a", at_ms="99")])
    assert epochs(engine) == {"a": 9, "b": 5}


def test_sessions_are_known_that_were_answered_lately(engine: Engine):
    old, new = exchange("j1", at_ms=100, session="old"), exchange("j2", at_ms=900, session="new")
    write(engine, [old, new, exchange("j3", session="never", at_ms=900, outcome="notice")])
    assert sessions(engine, 0, 9) == {"old": 110, "new": 910}
    assert sessions(engine, 500, 9) == {"new": 910}
    assert sessions(engine, 0, 1) == {"new": 910}


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), max_size=25),
    st.integers(1, 50),
)
def test_nobody_ever_reads_another_tenants_words(said: list[tuple[int, int, bool]], at_most: int):
    engine = open_database("sqlite://")
    entries = [
        exchange(
            f"j{at}",
            at_ms=at * 100,
            text=f"{TENANTS[tenant]} said",
            session=f"{TENANTS[tenant]}:{chat}",
            request_tenant=TENANTS[tenant],
            outcome="reply" if answered else "notice",
            reply=f"{TENANTS[tenant]} heard",
        )
        for at, (tenant, chat, answered) in enumerate(said)
    ]
    try:
        write(engine, entries)
        for number, tenant in enumerate(TENANTS):
            scope = Scope(tenant=tenant)
            own = [f"j{at}" for at, (whose, _, _) in enumerate(said) if whose == number]
            assert [each.job for each in every(engine, scope)] == own
            assert [each.job for each in latest(engine, scope, at_most)] == own[-at_most:]
            assert [each.job for each in page(engine, scope, at_most=at_most)] == own[:at_most]
            assert totals(engine, scope).exchanges == len(own)
            for chat in range(3):
                turns = window(engine, Scope(tenant, f"{tenant}:{chat}"), 40)
                assert all(turn.text.startswith(tenant) for turn in turns)
                other = TENANTS[(number + 1) % 3]
                assert window(engine, Scope(other, f"{tenant}:{chat}"), 40) == []
    finally:
        engine.dispose()
