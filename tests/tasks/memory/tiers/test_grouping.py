"""Who may stand in one digest."""

from __future__ import annotations

from tasks.memory.tiers.grouping import CHARS_A_DIGEST, chunks, circles
from tests.tasks.memory.tiers.people import exchanges, turn


def test_a_hundred_turns_become_ten_chunks_that_hold_each_once() -> None:
    said = exchanges(50)
    found = chunks(said)
    assert [len(chunk) for chunk in found] == [10] * 10
    assert sorted(one.id for chunk in found for one in chunk) == sorted(one.id for one in said)


def test_sessions_stand_in_their_order() -> None:
    said = [turn(3, "c", session="b"), turn(1, "a", session="a"), turn(2, "b", session="b")]
    assert [[one.text for one in chunk] for chunk in chunks(said)] == [["a", "b", "c"]]


def test_what_others_may_be_told_of_stands_apart() -> None:
    said = [
        turn(1, "alone"),
        turn(2, "to another persona", persona="crow"),
        turn(3, "in a channel", direct=False, channel="c"),
        turn(4, "in another channel", direct=False, channel="d"),
        turn(5, "somebody else", user="bob"),
        turn(6, "elsewhere", tenant="guild"),
    ]
    assert [len(chunk) for chunk in chunks(said)] == [1] * 6
    assert len(circles(said)) == 6


def test_long_turns_are_fewer_together() -> None:
    said = [turn(at, "x" * (CHARS_A_DIGEST // 2)) for at in range(6)]
    assert [len(chunk) for chunk in chunks(said)] == [2, 2, 2]
    assert [len(chunk) for chunk in chunks([turn(1, "x" * 3 * CHARS_A_DIGEST)])] == [1]
