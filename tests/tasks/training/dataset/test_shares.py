"""How much of what is learned is whose, and who may join."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies

from tasks.contracts.learning import Sample
from tasks.training.dataset.bounding import Bounding
from tasks.training.dataset.shares import Load, joined, limit_of, load_of, shares
from tests.tasks.training.dataset.learned_from import sample, samples

NOTHING = Load()


def within(given_: list[Sample], besides: Load, limit: Fraction) -> bool:
    """Say whether nobody is more than the limit: counted otherwise than in what is tried."""
    total = load_of(given_) + besides
    of = {author: load_of(one for one in given_ if one.author == author) for author in {one.author for one in given_}}
    return all(
        load.samples <= limit * total.samples and load.chars <= limit * total.chars
        for author, load in of.items()
        if author
    )


@pytest.mark.parametrize(("authors", "most"), [(0, 1), (1, 1), (2, "1/2"), (19, "1/19"), (20, "1/20"), (500, "1/20")])
def test_where_few_agreed_the_limit_is_an_equal_part(authors: int, most: int | str) -> None:
    assert limit_of(authors, 0.05) == Fraction(most)


@settings(max_examples=40, deadline=None)
@given(samples(most=30), samples(most=30), strategies.integers(0, 20))
def test_whoever_joins_takes_nobody_beyond_the_limit(base: list[Sample], more: list[Sample], most: int) -> None:
    start = Bounding(base, lambda _count: NOTHING, 0.05, "seed").bounded(1)
    taken = joined(start.samples, more, NOTHING, start.limit, most)
    assert len(taken) <= most
    assert within([*start.samples, *taken], NOTHING, start.limit)


def test_one_that_has_no_room_yet_may_have_it_once_others_have_joined() -> None:
    base = [sample(number, author=f"web:{number % 4}", answer="x" * 10) for number in range(8)]
    more = [sample(100 + number, author=f"web:{number}", answer="x" * 10) for number in (0, 4, 5, 6, 7)]
    taken = joined(base, more, NOTHING, Fraction(1, 4), 5)
    assert [one.author for one in taken] == ["web:4", "web:5", "web:6", "web:7", "web:0"]


def test_shares_are_of_samples_and_of_characters() -> None:
    told = shares([sample(1, author="web:a", answer="aye"), sample(2, author="", answer="x" * 9)])
    assert told == {"web:a": (0.5, 0.25)}
