"""Digests are lines, each after who said it."""

from __future__ import annotations

from tasks.memory.tiers.lines import Line, each_once, packed, read, written


def test_what_is_written_is_read_again() -> None:
    lines = [Line("Ann", "I like tea: green."), Line("", "nobody said this")]
    assert read(written(lines)) == lines


def test_bullets_and_numbers_of_lists_are_no_words() -> None:
    assert read("- Ann: tea\n2. Bob: no tea\n• rain") == [Line("Ann", "tea"), Line("Bob", "no tea"), Line("", "rain")]


def test_who_is_known_stands_before_a_line_and_nobody_else() -> None:
    known = frozenset({"Ann"})
    assert read("Ann: tea\nDecision: no tea", known) == [Line("Ann", "tea"), Line("", "Decision: no tea")]


def test_lines_are_packed_in_their_order_and_a_long_one_stands_alone() -> None:
    lines = [Line("", text) for text in ("aaaa", "bbbb", "c" * 50, "dd")]
    assert packed(lines, 12) == [lines[:2], [lines[2]], [lines[3]]]


def test_the_same_line_stands_there_once() -> None:
    assert each_once([Line("Ann", "Tea"), Line("Bob", "tea"), Line("ann", "tea ")]) == [
        Line("Ann", "Tea"),
        Line("Bob", "tea"),
    ]
