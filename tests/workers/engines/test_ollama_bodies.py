from __future__ import annotations

import pytest

from tasks.contracts.errors import EngineRejected
from tasks.contracts.messages import Sampling, ToolCall, Turn
from tasks.services import Chat
from workers.engines.ollama_bodies import asked_of, messages_of, options_of

LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
SCHEMA = {"type": "object", "properties": {"eggs": {"type": "integer"}}}
QUESTION = Turn(role="user", text="what is in it?")


def called(arguments: str) -> Turn:
    return Turn(role="assistant", text="", calls=(ToolCall(id="c1", name="look", arguments=arguments),))


def test_a_call_has_an_object_for_arguments_and_its_answer_the_name_of_the_tool() -> None:
    turns = (called('{"where": "north"}'), Turn(role="tool", text="two eggs", call="c1"))
    assert messages_of(Chat("m", turns)) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "look", "arguments": {"where": "north"}}}],
        },
        {"role": "tool", "content": "two eggs", "tool_name": "look"},
    ]


@pytest.mark.parametrize("arguments", ["", "no json", "[1]", "[" * 100_000])
def test_arguments_that_are_no_object_are_none(arguments: str) -> None:
    (message,) = messages_of(Chat("m", (called(arguments),)))
    assert message["tool_calls"][0]["function"]["arguments"] == {}


def test_an_answer_to_a_call_that_nobody_made_names_no_tool() -> None:
    (message,) = messages_of(Chat("m", (Turn(role="tool", text="two eggs", call="c9"),)))
    assert message == {"role": "tool", "content": "two eggs"}


@pytest.mark.parametrize("choice", [None, "auto"])
def test_tools_go_along_where_the_model_may_choose(choice: str | None) -> None:
    assert asked_of(Chat("m", (QUESTION,), tools=(LOOK,), tool_choice=choice)) == {"tools": [LOOK]}


def test_tools_that_must_not_be_called_stay_here() -> None:
    assert asked_of(Chat("m", (QUESTION,), tools=(LOOK,), tool_choice="none")) == {}


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "look"}}])
def test_what_ollama_has_no_word_for_is_refused_with_ours(choice: object) -> None:
    with pytest.raises(EngineRejected, match="leaves that to the model") as caught:
        asked_of(Chat("m", (QUESTION,), tools=(LOOK,), tool_choice=choice))  # type: ignore[arg-type]
    assert "tool_choice" in caught.value.next_step


def test_a_form_is_called_format() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "nest", "schema": SCHEMA}}
    assert asked_of(Chat("m", (QUESTION,), response_format=schema)) == {"format": SCHEMA}
    assert asked_of(Chat("m", (QUESTION,), response_format={"type": "json_object"})) == {"format": "json"}
    assert asked_of(Chat("m", (QUESTION,), response_format={"type": "text"})) == {}


def test_options_have_ollamas_names() -> None:
    assert options_of(Sampling(max_tokens=9, presence_penalty=0.5, frequency_penalty=-0.5)) == {
        "num_predict": 9,
        "presence_penalty": 0.5,
        "frequency_penalty": -0.5,
    }
