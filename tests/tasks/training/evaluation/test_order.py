"""Other orders of a text: of the same words and letters, and only where there are enough of them."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from tasks.training.evaluation.order import SHUFFLES, Kind, beaten, shuffled

LINE = "Avast, the captain of this ship sings!"


@pytest.mark.parametrize("kind", Kind)
def test_another_order_is_of_the_same_letters_and_never_the_same(kind: Kind) -> None:
    others = shuffled(LINE, kind, "s")
    assert len(set(others)) == SHUFFLES
    assert LINE not in others
    assert all(Counter(other.lower()) == Counter(LINE.lower()) for other in others)
    assert shuffled(LINE, kind, "s") == others


def test_letters_stay_in_their_words_and_words_between_their_marks() -> None:
    letters, words = shuffled(LINE, Kind.LETTERS, "s")[0], shuffled(LINE, Kind.WORDS, "s")[0]
    assert [len(word) for word in letters.split()] == [len(word) for word in LINE.split()]
    assert letters[0].isupper()
    assert words[0].isupper()
    assert (words.index(","), words[-1]) == (words.split()[0].index(","), "!")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("text", ["Aye!", "", "ha ha ha ha ha ha", "❤️ ❤️ ❤️"])
def test_what_is_too_short_or_always_the_same_has_no_other_order(kind: Kind, text: str) -> None:
    assert shuffled(text, kind, "s") == []


def test_where_words_are_not_parted_signs_are_put_in_another_order() -> None:
    assert shuffled("今天的天气真的非常好我们出去散步吧", Kind.LETTERS, "s")


def test_noise_is_as_likely_in_any_order_whoever_judges_it() -> None:
    """Somebody who finds a text likelier the more of its neighbours stand in the order of the alphabet."""

    def nats(text: str) -> float:
        return -sum(one < other for one, other in pairwise(text)) / len(text)

    rng, shares = random.Random(4), []
    for number in range(300):
        noise = " ".join("".join(rng.choices("bcdfghjklmn", k=7)) for _ in range(5))
        shares.append(beaten(nats(noise), [nats(other) for other in shuffled(noise, Kind.LETTERS, str(number))]))
    assert sum(shares) / len(shares) == pytest.approx(0.5, abs=0.06)
