"""What is there twice is learned once."""

from __future__ import annotations

from hypothesis import given, settings

from tasks.contracts.learning import Sample
from tasks.contracts.messages import Turn
from tasks.training.dataset.doubles import ALIKE, singled
from tasks.training.dataset.texts import grams, likeness, text_hash
from tests.tasks.training.dataset.learned_from import sample, samples

LONG = "The tide turns at six, so we weigh anchor before dawn and are gone when the harbour wakes"


def asked(number: int, question: str, answer: str) -> Sample:
    return sample(number, turns=(Turn(role="user", text=question),), answer=answer)


def test_the_same_word_for_word_is_kept_once_and_the_first_of_it() -> None:
    found = singled([asked(1, "When?", LONG), asked(2, "when", LONG.upper()), asked(3, "WHEN ?", f"{LONG}!")])
    assert [one.id for one in found.samples] == [sample(1).id]
    assert (found.exact, found.near) == (2, 0)


def test_nearly_the_same_is_kept_once() -> None:
    found = singled([asked(1, "When do we sail, then?", LONG), asked(2, "When do we sail, then?", f"{LONG} mate")])
    assert len(found.samples) == 1
    assert (found.exact, found.near) == (0, 1)


def test_a_stock_reply_to_other_questions_is_no_double() -> None:
    assert len(singled([asked(1, "When do we sail?", "Aye!"), asked(2, "Who is on watch?", "Aye!")]).samples) == 2


def test_another_answer_to_a_long_question_is_no_double() -> None:
    assert len(singled([asked(1, LONG, "Yes, captain."), asked(2, LONG, "Never in my life!")]).samples) == 2


def test_what_was_there_before_is_not_kept_again() -> None:
    found = singled([asked(1, "When?", LONG), sample(2)], before=[asked(9, "when?", LONG)])
    assert [one.id for one in found.samples] == [sample(2).id]


def test_samples_in_other_scripts_are_told_apart() -> None:
    told = [asked(1, "你是谁？", "我是船长。"), asked(2, "你在哪里？", "我在海上。"), asked(3, "你是谁？", "我是船长")]
    assert [one.id for one in singled(told).samples] == [sample(1).id, sample(2).id]


def _alike(one: Sample, other: Sample) -> float:
    pairs = ((one.turns[-1].text, other.turns[-1].text), (one.answer, other.answer))
    return min(likeness(grams(mine), grams(theirs)) for mine, theirs in pairs)


@settings(max_examples=40, deadline=None)
@given(samples(most=25))
def test_no_two_that_are_kept_are_alike_and_of_each_that_is_left_out_one_like_it_is_kept(given_: list[Sample]) -> None:
    found = singled(given_)
    kept = list(found.samples)
    assert len(kept) + found.exact + found.near == len(given_)
    assert all(_alike(one, other) < ALIKE for number, one in enumerate(kept) for other in kept[:number])
    left_out = [one for one in given_ if one not in kept]
    texts = {(text_hash(one.turns[-1].text), text_hash(one.answer)) for one in given_}
    assert len(kept) <= len(texts)
    assert all(any(_alike(one, other) >= ALIKE for other in given_ if other is not one) for one in left_out)
