from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.contracts.messages import Turn
from tasks.services import Chat
from workers.engines.fake_values import DEEPEST, VECTOR_LENGTH, calls_of, example, vector


def tool(name: str, **properties: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": properties}}}


LOOK, SING = tool("look", where={"type": "string"}), tool("sing", loud={"type": "boolean"})
NAMED: dict[str, Any] = {"type": "function", "function": {"name": "sing"}}


def names(text: str, choice: Any = None, role: Any = "user") -> list[str]:
    chat = Chat("fake", (Turn(role=role, text=text),), tools=(LOOK, SING), tool_choice=choice)
    return [call.name for call in calls_of(chat, text)]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "caw"),
        ({"type": "integer"}, 0),
        ({"type": "number"}, 0.0),
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"type": ["string", "null"]}, "caw"),
        ({"enum": ["rook", "crow"]}, "rook"),
        ({"const": 7}, 7),
        ({"type": "array", "items": {"type": "string"}}, ["caw"]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 0),
        ({"properties": {"a": {"properties": {"b": {"type": "string"}}}}}, {"a": {"b": "caw"}}),
        ({}, "caw"),
    ],
)
def test_a_value_follows_its_schema(schema: dict[str, Any], value: object) -> None:
    assert example(schema, "caw") == value


def test_a_schema_that_leads_back_to_itself_ends() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["again"] = schema
    assert json.dumps(example(schema, "caw")).count("again") == DEEPEST


def test_what_is_named_is_called() -> None:
    assert names("please look") == ["look"]
    assert names("sing and look") == ["look", "sing"]
    assert names("overlook") == []


def test_what_must_be_called_is_and_what_must_not_is_not() -> None:
    assert names("hello", "required") == ["look"]
    assert names("please sing", "required") == ["sing"]
    assert names("please look", NAMED) == ["sing"]
    assert names("please look", "none") == []


def test_what_a_tool_answered_calls_no_tool() -> None:
    assert names("look", role="tool") == []
    assert names("look", "required", role="tool") == []


def test_a_call_has_arguments_by_its_schema_and_an_id_that_stays() -> None:
    chat = Chat("fake", (Turn(role="user", text="please look"),), tools=(LOOK,))
    (call,) = calls_of(chat, "please look")
    assert json.loads(call.arguments) == {"where": "please look"}
    assert calls_of(chat, "please look") == (call,)
    later = Chat("fake", (*chat.turns, *chat.turns), tools=(LOOK,))
    assert calls_of(later, "please look")[0].id != call.id


def test_vectors_are_equal_for_equal_texts_alone() -> None:
    assert vector("egg") == vector("egg") != vector("nest")
    assert len(vector("half \ud83d")) == VECTOR_LENGTH
