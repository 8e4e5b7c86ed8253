from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bots.web.openai.messages import Message, Messages, system_of, turns_of

CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}}
ASKS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
HELLO = {"role": "user", "content": "hello"}


def read(*messages: dict[str, Any]) -> list[Message]:
    found: list[Message] = TypeAdapter(Messages).validate_python(list(messages))
    return found


def test_what_the_system_says_anywhere_stands_in_front_and_what_is_said_keeps_its_order() -> None:
    said = read(
        {"role": "system", "content": "a"}, HELLO, {"role": "developer", "content": [{"type": "text", "text": "b"}]}
    )
    assert system_of(said) == "a\n\nb"
    assert [(turn.role, turn.text) for turn in turns_of(said)] == [("user", "hello")]


def test_calls_and_their_results_keep_their_ids() -> None:
    asks, result = turns_of(read(HELLO, ASKS, {"role": "tool", "tool_call_id": "c1", "content": "rain"}))[1:]
    assert [(call.id, call.name, call.arguments) for call in asks.calls] == [("c1", "weather", '{"city": "Ulm"}')]
    assert (asks.text, result.role, result.call, result.text) == ("", "tool", "c1", "rain")


def test_an_answer_may_come_back_as_the_client_was_given_it() -> None:
    given = {
        "role": "assistant",
        "content": "hi",
        "refusal": None,
        "annotations": [],
        "audio": None,
        "function_call": None,
    }
    assert turns_of(read(HELLO, given, HELLO))[1].text == "hi"


def test_a_refusal_that_comes_back_is_what_was_said() -> None:
    assert turns_of(read(HELLO, {"role": "assistant", "refusal": "No."}, HELLO))[1].text == "No."


def test_who_said_it_is_kept() -> None:
    assert turns_of(read({**HELLO, "name": "ada"}))[0].author == "ada"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]},
            "no pictures",
        ),
        ({"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "input_audio"}]}, "no sound"),
        ({"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}, "what is in the file"),
        ({"role": "user", "content": [{"type": "smell"}]}, "should be 'text'"),
        ({"role": "user", "content": []}, "at least 1 item"),
        ({"role": "user", "content": None}, "needs `content`"),
        ({"role": "assistant"}, "needs `content`"),
        ({"role": "user", "content": "x", "tool_calls": [CALL]}, "role assistant"),
        ({"role": "user", "content": "x", "tool_call_id": "c1"}, "role tool"),
        ({"role": "tool", "content": "x"}, "role tool"),
        ({"role": "tool", "content": "x", "tool_call_id": "c1"}, "answers a call"),
        ({"role": "function", "content": "x", "name": "f"}, "'system', 'developer'"),
        ({"role": "assistant", "content": "x", "function_call": {"name": "f"}}, "told with `tool_calls`"),
    ],
)
def test_what_cannot_be_said_is_refused_in_words(message: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(message)


def test_somebody_has_to_say_something() -> None:
    with pytest.raises(ValidationError, match="add a message of the role user"):
        read({"role": "system", "content": "be kind"})
