from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.memory.terms import MEAN_TERMS, MOST_TERMS, STOPWORDS, asked, number_of, score, terms, weights


def test_forms_of_a_word_are_one_term() -> None:
    assert terms("hiking") == terms("hiked") == terms("Hikes") == ["hike"]


def test_accents_and_case_make_no_difference() -> None:
    assert terms("Café ZÜRICH") == terms("cafe zurich")


def test_the_commonest_words_are_left_out() -> None:
    assert terms("where did they go with the others?") == ["go", "other"]
    assert all(not terms(word) for word in STOPWORDS)


@pytest.mark.parametrize(("text", "part"), [("我喜欢喝茶", "喝茶"), ("東京タワー", "東京")])
def test_scripts_without_spaces_are_found_by_pairs_of_letters(text: str, part: str) -> None:
    assert set(terms(part)) <= set(terms(text))


def test_a_term_that_is_said_twice_weighs_more_but_not_twice_as_much() -> None:
    once, twice = weights("tea biscuit")[number_of("tea")], weights("tea tea")[number_of("tea")]
    assert once < twice < 2 * once


def test_a_term_of_a_longer_text_weighs_less() -> None:
    assert weights("tea " + "milk " * 20)[number_of("tea")] < weights("tea milk")[number_of("tea")]


def test_weights_are_those_of_bm25() -> None:
    text = "tea tea milk"
    length = 1 - 0.75 + 0.75 * 3 / MEAN_TERMS
    assert weights(text)[number_of("tea")] == pytest.approx(2 * 2.2 / (2 + 1.2 * length))


def test_a_question_counts_each_of_its_terms_once() -> None:
    assert asked("Tea, tea, TEA?") == {number_of("tea"): 1.0}


def test_rare_terms_decide() -> None:
    rarity = {number_of("tea"): math.log(10), number_of("milk"): math.log(1.1)}
    question = asked("tea or milk")
    assert score(question, weights("tea now"), rarity) > score(question, weights("milk now"), rarity)
    assert score(question, weights("neither"), rarity) == 0


@given(st.text(max_size=200))
def test_any_text_has_terms_within_bounds(text: str) -> None:
    assert len(terms(text * 20)) <= MOST_TERMS
    assert all(weight > 0 for weight in weights(text).values())
