from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.messages import ToolCall, Turn
from tasks.services import Chat
from workers.engines.bodies import asked_of, chosen, message_of, messages_of, name_of, narrowed, schema_of

LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
CALL = ToolCall(id="c1", name="look", arguments='{"where": "north"}')
CALLED = Turn(role="assistant", text="", calls=(CALL,))
EGGS = {"type": "object", "properties": {"eggs": {"type": "integer"}}}


def test_a_call_and_its_answer_are_messages_of_their_own() -> None:
    asks, answers = messages_of(Chat("m", (CALLED, Turn(role="tool", text="two eggs", call="c1"))))
    assert asks == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": CALL.arguments}}],
    }
    assert answers == {"role": "tool", "content": "two eggs", "tool_call_id": "c1"}


def test_words_beside_a_call_stay() -> None:
    assert message_of(CALLED.model_copy(update={"text": "wait"}))["content"] == "wait"


def test_who_said_it_is_no_concern_of_a_server() -> None:
    assert message_of(Turn(role="user", text="hi", author="ada", job="j")) == {"role": "user", "content": "hi"}


def test_what_is_asked_for_goes_along_as_it_is_and_nothing_else() -> None:
    turns = (Turn(role="user", text="hi"),)
    assert asked_of(Chat("m", turns)) == {}
    form = {"type": "json_object"}
    assert asked_of(Chat("m", turns, response_format=form, tools=(LOOK,), tool_choice="none")) == {
        "response_format": form,
        "tools": [LOOK],
        "tool_choice": "none",
    }


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({}, None),
        ({"type": "json_object"}, {"type": "object"}),
        ({"type": "json_object", "schema": EGGS}, EGGS),
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": EGGS, "strict": True}}, EGGS),
        ({"type": "json_schema"}, {"type": "object"}),
        ({"type": "json_schema", "json_schema": "eggs"}, {"type": "object"}),
    ],
)
def test_the_schema_of_a_form(form: dict[str, Any] | None, schema: dict[str, Any] | None) -> None:
    assert schema_of(form) == schema


def test_a_choice_by_name_becomes_one_without() -> None:
    sing = {"type": "function", "function": {"name": "sing"}}
    chat = Chat("m", (), tools=(LOOK, sing), tool_choice={"type": "function", "function": {"name": "sing"}})
    assert (narrowed(chat).tools, narrowed(chat).tool_choice) == ((sing,), "required")
    free = Chat("m", (), tools=(LOOK, sing), tool_choice="auto")
    assert narrowed(free) is free


def test_what_is_chosen_and_named_is_read_whatever_its_shape() -> None:
    assert chosen({"type": "function", "function": {"name": "look"}}) == "look"
    assert [chosen(odd) for odd in (None, "auto", {"function": 7}, {"function": {"name": 7}})] == [""] * 4
    assert [name_of(LOOK), name_of({}), name_of({"function": {"name": None}})] == ["look", "", ""]
