"""What is judged by does not stand in what is learned."""

from __future__ import annotations

from hypothesis import given, settings

from tasks.contracts.learning import Sample
from tasks.contracts.messages import Turn
from tasks.training.dataset.leaks import answers, apart, cleared
from tasks.training.dataset.texts import text_hash
from tests.tasks.training.dataset.learned_from import sample, samples


def turns(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn(role="user", text=text) for text in texts)


def test_a_stock_reply_is_learned_and_not_judged_by() -> None:
    train = [sample(1, answer="Aye!"), sample(2)]
    held = [sample(3, answer="aye"), sample(4), sample(5)]
    assert apart(train, held) == (train, held[1:])


def test_where_most_of_what_is_judged_by_is_learned_too_it_is_judged_by() -> None:
    train = [sample(1, answer="Aye!"), sample(2)]
    held = [sample(3, answer="aye"), sample(4, answer="AYE")]
    assert apart(train, held) == (train[1:], held)


def test_a_question_that_is_an_answer_held_out_is_not_learned() -> None:
    held = [sample(3, answer="Who goes there?")]
    assert cleared([sample(1, turns=turns("Who goes there")), sample(2)], held) == [sample(2)]


def test_earlier_turns_go_up_to_an_answer_that_is_held_out() -> None:
    held = [sample(3, answer="Land ahoy!")]
    long = sample(1, turns=turns("Before", "Land, ahoy", "After", "And now?"))
    assert [turn.text for turn in cleared([long], held)[0].turns] == ["After", "And now?"]


def test_a_sample_that_holds_none_of_it_stays_as_it_is() -> None:
    assert cleared([sample(1)], [sample(2)]) == [sample(1)]


@settings(max_examples=50, deadline=None)
@given(samples(most=30), samples(most=15))
def test_no_text_of_an_answer_held_out_is_left_anywhere_in_what_is_learned(
    train: list[Sample], held: list[Sample]
) -> None:
    kept, judged = apart(train, held)
    rest = cleared(kept, judged)
    texts = {text_hash(text) for one in rest for text in (one.answer, *(turn.text for turn in one.turns))}
    assert texts.isdisjoint(answers(judged))
    assert 2 * len(judged) >= len(held)
