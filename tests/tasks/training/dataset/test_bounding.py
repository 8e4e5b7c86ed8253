"""Nobody is more of what is learned than they may be."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies

from tasks.contracts.learning import Sample
from tasks.training.dataset.alignment import room
from tasks.training.dataset.bounding import Besides, Bounded, Bounding
from tasks.training.dataset.shares import Load, load_of
from tests.tasks.training.dataset.learned_from import sample, samples, talk

ENOUGH = 20


def nothing(_count: int) -> Load:
    return Load()


def some_of_ours(count: int) -> Load:
    return Load(room(count), 100 * room(count))


def bounded(given_: list[Sample], besides: Besides = nothing, *, share: float = 0.05, least: int = ENOUGH) -> Bounded:
    return Bounding(given_, besides, share, "seed").bounded(least)


def of(author: str, count: int, answer: str = "x" * 20) -> list[Sample]:
    """Return so many samples of one author."""
    first = sum(map(ord, author)) * 1000
    return [sample(first + number, author=author, answer=answer) for number in range(count)]


def counts(found: Bounded) -> dict[str, int]:
    return dict(Counter(one.author for one in found.samples))


def test_one_author_alone_may_be_all_of_it() -> None:
    found = bounded(talk(30))
    assert len(found.samples) == 30
    assert found.limit == 1


def test_where_few_agreed_each_may_be_an_equal_part() -> None:
    found = bounded([*of("web:loud", 500), *(one for number in range(5) for one in of(f"web:{number}", 5))])
    assert found.limit == Fraction(1, 6)
    assert counts(found) == {"web:loud": 5, **{f"web:{number}": 5 for number in range(5)}}


def test_where_many_agreed_nobody_may_be_more_than_the_share() -> None:
    calm = [one for number in range(50) for one in of(f"web:{number}", 4)]
    found = bounded([*of("web:loud", 500), *calm])
    assert found.limit == Fraction(1, 20)
    assert counts(found)["web:loud"] == len(found.samples) // 20
    assert len(found.samples) > len(calm)


def test_one_who_writes_at_length_is_bounded_by_characters() -> None:
    brief = [one for number in range(30) for one in of(f"web:{number}", 4)]
    found = bounded([*brief, *of("web:long", 4, "x" * 60)])
    assert counts(found)["web:long"] == 2
    assert set(brief) <= set(found.samples)


def test_whoever_has_a_sample_or_two_does_not_make_it_a_sample_or_two_of_everybody() -> None:
    found = bounded([*of("web:a", 20), *of("web:b", 20), *of("web:new", 1)])
    assert counts(found) == {"web:a": 20, "web:b": 20}


def test_one_without_whom_there_is_enough_is_left_out() -> None:
    found = bounded([*of("web:a", 20), *of("web:b", 20), *of("web:c", 20, "x" * 200)], some_of_ours)
    assert counts(found) == {"web:a": 20, "web:b": 20}
    assert found.limit == Fraction(1, 2)


def test_nobody_is_left_alone_because_others_have_little() -> None:
    many_with_little = [one for number in range(5) for one in of(f"web:{number}", 2)]
    found = bounded([*of("web:loud", 500), *many_with_little])
    assert counts(found)["web:loud"] == 2
    assert counts(bounded([*of("web:loud", 500), *of("web:a", 3)]))["web:loud"] == 3


def test_an_operator_may_let_one_be_more() -> None:
    found = bounded([*of("web:loud", 500), *of("web:a", 25)], share=0.8)
    assert counts(found) == {"web:loud": 100, "web:a": 25}


def test_examples_written_by_hand_are_nobodys() -> None:
    found = bounded([*of("", 30), *of("web:a", 4)])
    assert counts(found) == {"": 30, "web:a": 4}


def test_chance_chooses_by_the_seed_alone() -> None:
    given_ = [*of("web:a", 90), *of("web:b", 10)]
    assert bounded(given_) == bounded(given_[::-1])
    assert Bounding(given_, nothing, 0.05, "another").bounded(ENOUGH).samples != bounded(given_).samples


@pytest.mark.parametrize("least", [0, 1, 20])
def test_nothing_is_nothing(least: int) -> None:
    assert bounded([], least=least).samples == ()


@settings(max_examples=50, deadline=None)
@given(samples(), strategies.sampled_from([0.05, 0.3, 1.0]), strategies.integers(0, 20))
def test_nobody_is_ever_beyond_the_limit(given_: list[Sample], share: float, least: int) -> None:
    found = bounded(given_, some_of_ours, share=share, least=least)
    total = load_of(found.samples) + some_of_ours(len(found.samples))
    for author in {one.author for one in found.samples if one.author}:
        theirs = load_of(one for one in found.samples if one.author == author)
        assert theirs.samples <= found.limit * total.samples
        assert theirs.chars <= found.limit * total.chars
    people = {one.author for one in given_ if one.author}
    assert found.limit == max(Fraction(str(share)), Fraction(1, max(found.authors, 1)))
    assert 2 * found.authors >= len(people)
    assert found.authors > 1 or len(people) < 2
    assert set(found.samples) <= set(given_)
