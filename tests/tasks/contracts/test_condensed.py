from __future__ import annotations

from tasks.contracts.condensed import NOTHING, Condensed, Excerpt, of, text_of

TWO = Condensed(
    excerpts=(
        Excerpt(text="my dog is Rex", role="user", job="a"),
        Excerpt(text="Rex it is", role="assistant", job="b"),
    ),
    covered=("a", "b"),
    messages=2,
)


def test_the_sentences_stand_for_the_messages_until_a_model_has_words_for_them() -> None:
    assert TWO.text == "- User: my dog is Rex\n- You: Rex it is"
    assert TWO.model_copy(update={"words": "They have a dog."}).text == "They have a dog."
    assert NOTHING.text == ""


def test_without_a_message_nothing_that_came_of_it_is_left() -> None:
    spoken = TWO.model_copy(update={"words": "They have a dog, Rex.", "by": "crow"})
    left = spoken.without("b")
    assert left == Condensed(excerpts=TWO.excerpts[:1], covered=("a",), messages=1)
    assert spoken.without("another") == spoken


def test_what_is_kept_is_read_back_and_what_cannot_be_read_is_made_anew() -> None:
    assert of(text_of(TWO)) == TWO
    assert (text_of(NOTHING), of("")) == ("", NOTHING)
    assert of('{"written": "by another version"}') == NOTHING
