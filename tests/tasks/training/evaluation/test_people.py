"""What people think of an adapter."""

from __future__ import annotations

import pytest

from tasks.jobs.feedback import Opinion
from tasks.training.evaluation import people
from tasks.training.evaluation.people import Rating, Score


def rated(*stars: int, person: str = "") -> Score:
    return people.score(
        Rating(adapter="a", job=f"j{number}", person=person or f"p{number}", stars=each)
        for number, each in enumerate(stars)
    )


@pytest.mark.parametrize(
    ("opinion", "text", "stars"),
    [
        (Opinion.UP, "", 5),
        (Opinion.DOWN, "", 1),
        (Opinion.RATED, "1", 1),
        (Opinion.RATED, "5", 5),
        (Opinion.RATED, "6", None),
        (Opinion.RATED, "0", None),
        (Opinion.RATED, "", None),
        (Opinion.RATED, "½", None),
        (Opinion.KEPT, "", None),
        (Opinion.REGENERATE, "", None),
    ],
)
def test_an_opinion_is_worth_its_stars(opinion: Opinion, text: str, stars: int | None) -> None:
    assert people.stars(opinion.value, text) == stars


def test_nobody_thinks_it_is_middling_and_nothing_is_known() -> None:
    assert people.score([]) == Score(
        stars=3.0, low=people.score([]).low, high=people.score([]).high, ratings=0, people=0
    )
    assert people.score([]).low < 2 < 4 < people.score([]).high


def test_one_thumb_moves_little_and_many_move_much() -> None:
    assert rated(5).stars == pytest.approx(3.4)
    assert rated(*[5] * 96).stars == pytest.approx(4.92)
    assert rated(*[5] * 96).low > rated(5).low


def test_the_last_word_of_a_person_on_a_reply_counts_once() -> None:
    words = [Rating(adapter="a", job="j", person="ann", stars=each) for each in (1, 1, 5)]
    assert people.score(words).ratings == 1
    assert people.score(words).stars == people.score(words[-1:]).stars


def test_how_many_people_rated_is_told() -> None:
    assert (rated(4, 4, 4, person="ann").people, rated(4, 4, 4).people) == (1, 3)


def test_a_score_stays_between_one_and_five() -> None:
    for found in (rated(*[5] * 3), rated(*[1] * 3), rated(1, 5)):
        assert 1 <= found.low <= found.stars <= found.high <= 5


def test_pending_is_never_a_yes_where_the_persona_waits() -> None:
    few = rated(*[5] * 29)
    found = people.objection(few, people.score([]), 30, waits=True)
    assert found is not None
    assert "29 of 30" in found.words
    assert people.objection(few, people.score([]), 30, waits=False) is None
    assert people.objection(rated(*[5] * 30), people.score([]), 30, waits=True) is None


def test_an_operator_may_let_it_pass_unrated_but_not_disliked() -> None:
    assert people.objection(people.score([]), people.score([]), 30, waits=True, waived="ann: tried it") is None
    assert people.objection(rated(*[1] * 30), people.score([]), 30, waits=True, waived="ann: tried it") is not None


def test_who_is_liked_less_than_what_is_served_is_objected_to() -> None:
    liked, middling = rated(*[5] * 60), rated(*[3] * 60)
    found = people.objection(middling, liked, 30, waits=False)
    assert found is not None
    assert "4.9" in found.words
    assert people.objection(liked, middling, 30, waits=False) is None
    assert people.objection(middling, middling, 30, waits=False) is None


def test_who_is_disliked_is_objected_to_though_nothing_else_was_rated() -> None:
    assert people.objection(rated(*[1] * 30), people.score([]), 30, waits=False) is not None
    assert people.objection(rated(*[3] * 30), people.score([]), 30, waits=False) is None
