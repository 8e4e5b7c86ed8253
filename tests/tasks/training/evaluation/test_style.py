"""How far an answer is from how an author writes."""

from __future__ import annotations

import pytest

from tasks.training.evaluation.style import distance, manner

PIRATE = manner(["Arr, matey! The sea be rough tonight!!", "Yarr, bring me rum!", "Arr, who goes there?!"])
CLERK = "Hello. I am a helpful assistant. How can I help you with your question today?"


def test_who_writes_like_the_author_is_nearer_than_who_does_not() -> None:
    assert distance("Arr, the rum be gone, matey!", PIRATE) < distance(CLERK, PIRATE)


@pytest.mark.parametrize(
    ("closer", "farther"),
    [
        ("Arr, bring rum!", "arr bring rum"),  # marks
        ("Arr, bring rum!", "Arr, bring rum! " * 20),  # length
        ("Arr, bring rum!", "Qui, zowie fox!"),  # letters
        ("Arr, bring rum!", "ARR, BRING RUM!"),  # shouting
    ],
)
def test_each_part_of_a_manner_counts(closer: str, farther: str) -> None:
    assert distance(closer, PIRATE) < distance(farther, PIRATE)


def test_it_lies_between_none_and_one() -> None:
    line = "Arr, who goes there?!"
    assert distance(line, manner([line])) == pytest.approx(0.0)
    assert distance(" \n", PIRATE) == 1.0
    assert 0.9 < distance("xx " * 300, manner(["Oh!"])) <= 1.0


def test_emoji_count_whichever_they_are() -> None:
    merry = manner(["so good 🎉", "love it 🔥", "hi 😀"])
    assert distance("so nice 🙈", merry) < distance("so nice", merry)


def test_of_an_author_who_wrote_nothing_it_is_still_a_number() -> None:
    assert 0.0 <= distance("hello", manner([])) <= 1.0
