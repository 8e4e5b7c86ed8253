"""What is said twice is one memory."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from tasks.memory.tiers import merging
from tasks.memory.tiers.merging import MOST_COMPARED, _shared, merged, together
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


def test_a_day_of_much_the_same_talk_is_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, compared = random.Random(7), Counter[str]()
    words = [f"{one}{other}" for one in ("sun", "rain", "wind", "snow") for other in ("light", "fall", "storm", "y")]
    said = [turn(at, " ".join(chance.sample(words, 6))) for at in range(400)]

    def shared(one: frozenset[str], other: frozenset[str]) -> float:
        compared["pairs"] += 1
        return _shared(one, other)

    monkeypatch.setattr(merging, "_shared", shared)
    pairs = merged(
        [*said, replace(said[0], source="again", at_ms=said[-1].at_ms + 1)], lambda ids: dict.fromkeys(ids, (0.0,))
    )
    assert [pair.goes.source for pair in pairs if pair.stays.id == said[0].id]  # the very same is found all the same
    assert compared["pairs"] <= len(said) * 4 * MOST_COMPARED
