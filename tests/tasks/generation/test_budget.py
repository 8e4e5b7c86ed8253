"""As much of a conversation as fits, and never more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.messages import ToolCall, Turn
from tasks.generation.budget import TURN_TOKENS, asked_tokens, estimate_tokens, fit, turns_tokens
from tasks.services import Chat

texts = st.text(max_size=60)
turns = st.lists(st.builds(Turn, role=st.sampled_from(["user", "assistant"]), text=texts), max_size=12)
openings = st.lists(st.builds(Turn, role=st.just("system"), text=texts), max_size=1)
rooms = st.integers(min_value=0, max_value=600)


def cost(some: list[Turn] | tuple[Turn, ...]) -> int:
    return sum(estimate_tokens(turn.text) for turn in some)


def numbered(said: list[Turn]) -> list[Turn]:
    """Tell turns of equal text apart."""
    return [turn.model_copy(update={"job": str(at)}) for at, turn in enumerate(said)]


@given(openings, turns, texts, rooms)
def test_the_room_is_kept_where_opening_and_question_fit(opening, said, text, room):
    question = Turn(role="user", text=text)
    fitted = fit(opening, said, [question], room)
    assert cost(fitted) <= max(room, cost([*opening, question]))


@given(openings, turns, texts, rooms)
def test_opening_and_question_always_stay_with_the_latest_turns_between_in_order(opening, said, text, room):
    question, said = Turn(role="user", text=text), numbered(said)
    fitted = fit(opening, said, [question], room)
    kept = list(fitted[len(opening) : -1])
    assert list(fitted[: len(opening)]) == opening
    assert fitted[-1] == question
    assert kept == said[len(said) - len(kept) :]


@given(turns, texts, rooms)
def test_what_is_kept_begins_with_the_person(said, text, room):
    kept = fit((), said, [Turn(role="user", text=text)], room)[:-1]
    assert not kept or kept[0].role == "user"


@given(turns, texts, rooms)
def test_a_turn_is_left_out_for_want_of_room_only(said, text, room):
    question, said = Turn(role="user", text=text), numbered(said)
    kept = fit((), said, [question], room)[:-1]
    left_out = said[: len(said) - len(kept)]
    # One more exchange back to a person's turn would not have fitted.
    for start in range(len(left_out) - 1, -1, -1):
        if left_out[start].role == "user":
            assert cost([*left_out[start:], *kept, question]) > room
            break


def test_a_turn_that_was_cut_off_takes_the_older_ones_along():
    said = [Turn(role="user", text=text) for text in ("old", "x" * 3000, "new")]
    assert [turn.text for turn in fit((), said, [Turn(role="user", text="?")], 100)] == ["new", "?"]


def test_other_scripts_and_emoji_are_counted_on_the_safe_side():
    assert estimate_tokens("") == TURN_TOKENS
    assert estimate_tokens("owl" * 10) == 10 + TURN_TOKENS
    assert estimate_tokens("🦉語") == 2 + TURN_TOKENS
    assert estimate_tokens("語" * 30) > estimate_tokens("a" * 30)


def test_calls_and_tools_are_read_too_and_count():
    said = Turn(role="assistant", text="wait")
    asks = said.model_copy(update={"calls": (ToolCall(id="1", name="look", arguments='{"where": "north"}'),)})
    assert turns_tokens([asks]) > turns_tokens([said]) == estimate_tokens("wait")
    tool = {"type": "function", "function": {"name": "look", "description": "Look into a nest." * 9}}
    assert asked_tokens(Chat("demo", (said,), tools=(tool,))) > asked_tokens(Chat("demo", (said,))) + 40
