"""The last statement counts."""

from __future__ import annotations

import itertools
from dataclasses import replace

from tasks.memory.tiers.digests import EXTRACT, digests
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.superseding import superseded
from tasks.memory.values import Memory
from tests.tasks.memory.tiers.people import reply, turn

BLUE, GREEN = turn(1, "My favourite colour is blue.", 1), turn(2, "My favorite color is green now", 9)


def by(changed: list[Memory]) -> dict[str, str]:
    return {one.text: one.superseded_by for one in changed}


def test_who_says_something_else_later_has_changed_it_in_whatever_order_it_is_read() -> None:
    for order in itertools.permutations([BLUE, GREEN]):
        assert by(superseded(order)) == {BLUE.text: GREEN.id}


def test_once_it_is_marked_nothing_changes_any_more() -> None:
    assert superseded([replace(BLUE, superseded_by=GREEN.id), GREEN]) == []


def test_a_digest_of_a_statement_is_superseded_by_a_turn_and_a_turn_by_a_digest() -> None:
    [old] = digests([BLUE], extracted([BLUE]), EXTRACT)
    [new] = digests([GREEN], extracted([GREEN]), EXTRACT)
    assert by(superseded([old, GREEN])) == {old.text: GREEN.id}
    assert by(superseded([BLUE, new])) == {BLUE.text: new.id}


def test_where_the_last_statement_is_gone_the_one_before_counts_again() -> None:
    assert by(superseded([replace(BLUE, superseded_by="forgotten")])) == {BLUE.text: ""}


def test_saying_the_same_again_supersedes_nothing_and_saying_the_first_again_only_the_second() -> None:
    assert superseded([BLUE, turn(3, "my favourite colour is blue", 20)]) == []
    again = turn(3, "my favourite colour is blue", 20)
    assert by(superseded([replace(BLUE, superseded_by=GREEN.id), GREEN, again])) == {GREEN.text: again.id}


def test_others_other_things_and_personas_supersede_nothing() -> None:
    assert superseded([BLUE, replace(GREEN, user="bob", author="bob", name="Bob")]) == []
    assert superseded([BLUE, replace(GREEN, channel="elsewhere")]) == []
    assert superseded([BLUE, turn(2, "My favourite food is soup", 9)]) == []
    assert superseded([BLUE, reply(2, "My favourite colour is green", 9)]) == []
    assert superseded([turn(1, "I live in Rome. The cat is 3.", 1), turn(2, "I live in Porto", 9)]) == []


def test_what_is_pinned_stays() -> None:
    assert superseded([replace(BLUE, pinned=True), GREEN]) == []
