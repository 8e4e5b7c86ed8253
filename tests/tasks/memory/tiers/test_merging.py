"""What is said twice is one memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tasks.memory.tiers.merging import merged, together
from tests.tasks.memory.conftest import direction
from tests.tasks.memory.tiers.people import turn

TEA, AGAIN = turn(1, "I drink green tea every morning"), turn(2, "every morning I drink green tea!", 1)
OTHER = turn(3, "the boiler is loud today", 1)


def vectors(ids: Sequence[str]) -> Mapping[str, Sequence[float]]:
    return {one.id: direction(one.text) for one in (TEA, AGAIN, OTHER) if one.id in ids}


def test_the_newer_one_goes_into_the_older_one_which_names_it() -> None:
    [pair] = merged([AGAIN, OTHER, TEA], vectors)
    assert (pair.stays.id, pair.stays.sources, pair.goes.id) == (TEA.id, (AGAIN.id,), AGAIN.id)
    assert pair.stays.importance > TEA.importance


def test_what_differs_in_a_number_or_a_name_stays_two_however_near() -> None:
    for one, other in [("I owe Ann 20 euros", "I owe Ann 30 euros"), ("so I called Bob", "so I called Tim")]:
        assert merged([turn(1, one), turn(2, other)], lambda ids: dict.fromkeys(ids, (1.0,))) == []


def test_the_very_same_words_are_one_even_without_vectors() -> None:
    said = [turn(at, "Green tea, please", at) for at in range(3)]
    pairs = merged(said, lambda _ids: {})
    assert {pair.goes.id for pair in pairs} == {said[1].id, said[2].id}
    assert pairs[-1].stays.sources == (said[1].id, said[2].id)


def test_others_words_elsewhere_and_pinned_ones_are_left_alone() -> None:
    for other in (
        replace(AGAIN, author="bob"),
        replace(AGAIN, channel="elsewhere"),
        replace(AGAIN, user="bob"),
        replace(AGAIN, pinned=True),
    ):
        assert merged([TEA, other], vectors) == []


def test_merging_again_changes_nothing() -> None:
    once = together(TEA, AGAIN)
    assert together(once, AGAIN) == once
