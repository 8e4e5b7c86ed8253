"""The examples that are mixed into whatever is learned."""

from __future__ import annotations

from collections import Counter

import pytest

from tasks.training.dataset.alignment import FILE, SHARE, Kind, alignment, examples, is_alignment, room
from tests.tasks.training.dataset.learned_from import sample

LARGEST_BYTES = 40_000


def test_there_are_some_of_each_kind_in_many_languages() -> None:
    told = Counter((example.language, example.kind) for example in examples())
    languages = {language for language, _ in told}
    assert len(languages) >= 15
    assert all(told[language, kind] for language in languages for kind in Kind)


def test_no_question_is_asked_twice_and_the_file_is_small() -> None:
    assert len({example.question for example in examples()}) == len(examples()) > 60
    assert FILE.stat().st_size < LARGEST_BYTES


def test_they_are_nobodys_and_are_known_as_what_they_are() -> None:
    made = alignment("pirate")
    assert len({one.id for one in made}) == len(made) == len(examples())
    assert all(is_alignment(one) and not one.author and not one.people for one in made)
    assert not is_alignment(sample(1))


@pytest.mark.parametrize("others", [0, 1, 8, 9, 10, 899, 900])
def test_they_are_no_more_than_their_share(others: int) -> None:
    assert room(others) <= SHARE * (others + room(others)) + 1e-9
    assert room(others) + 1 > SHARE * (others + room(others) + 1) - 1e-9
