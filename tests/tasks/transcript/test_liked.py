"""How many replies each adapter gave, and of which of them people said something."""

from __future__ import annotations

from sqlalchemy import Engine

from tasks.transcript import liked
from tasks.transcript.keeping import write
from tests.tasks.transcript.said import exchange, opinion

A, B, WREN = "rook@20261122-aaaaaaaa", "rook@20261123-bbbbbbbb", "wren@20261122-cccccccc"


def test_replies_are_counted_by_who_gave_them(engine: Engine) -> None:
    many = [exchange(f"a{number}", at_ms=number, adapter=A) for number in range(3)]
    others = [
        exchange("b", at_ms=10, adapter=B),
        exchange("base", at_ms=11),
        exchange("notice", at_ms=12, adapter=A, outcome="notice", cause="failed"),
        exchange("wren", at_ms=13, persona="wren", adapter=WREN),
    ]
    write(engine, [*many, *others])
    assert liked.replies(engine, "rook") == {A: 3, B: 1}
    assert liked.replies(engine, "nobody") == {}


def test_what_people_said_something_of_is_known_by_its_adapter(engine: Engine) -> None:
    write(engine, [exchange("a", at_ms=1, adapter=A), exchange("b", at_ms=2, adapter=B), exchange("base", at_ms=3)])
    write(engine, [opinion("up", "ann", 20, job="a"), opinion("down", "ben", 21, job="a")])
    write(engine, [opinion("up", "ann", 22, job="base"), opinion("up", "ann", 23, job="never")])
    assert liked.judged(engine, "rook") == {"a": A}
