"""What is said and asked, as the body of a request in OpenAI's HTTP. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tasks.contracts.messages import Turn
from tasks.services import Chat
from workers.engines.chunks import clean, mapping_of


def messages_of(chat: Chat) -> list[dict[str, Any]]:
    """Return the turns of a chat as messages."""
    return [message_of(turn) for turn in chat.turns]


def message_of(turn: Turn) -> dict[str, Any]:
    """Return a turn as a message.

    >>> message_of(Turn(role="tool", text="12 °C", call="c1"))
    {'role': 'tool', 'content': '12 °C', 'tool_call_id': 'c1'}
    """
    said: dict[str, Any] = {"role": turn.role, "content": clean(turn.text)}
    if turn.role == "tool":
        said["tool_call_id"] = turn.call
    if turn.calls:
        # To some templates an empty text beside the calls is one more thing that was said.
        said["content"] = said["content"] or None
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": clean(call.arguments)},
            }
            for call in turn.calls
        ]
    return said


def asked_of(chat: Chat) -> dict[str, Any]:
    """Return what a chat asks for beside words, in the fields for it; nothing, for most."""
    asked = {"response_format": chat.response_format, "tools": list(chat.tools), "tool_choice": chat.tool_choice}
    return {field: value for field, value in asked.items() if value}


def narrowed(chat: Chat) -> Chat:
    """Return a chat without a choice by name: llama.cpp knows none. What is not chosen is not there to be called."""
    name = chosen(chat.tool_choice)
    if not name:
        return chat
    return replace(chat, tools=tuple(tool for tool in chat.tools if name_of(tool) == name), tool_choice="required")


def schema_of(response_format: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the JSON schema that an answer is to follow: any object, where only that was asked for; None: no JSON.

    >>> schema_of({"type": "json_object"}), schema_of({"type": "text"}), schema_of(None)
    ({'type': 'object'}, None, None)
    """
    said = mapping_of(response_format)
    if said.get("type") == "json_object":
        return dict(mapping_of(said.get("schema"))) or {"type": "object"}  # llama.cpp takes a schema here too
    if said.get("type") == "json_schema":
        return dict(mapping_of(mapping_of(said.get("json_schema")).get("schema"))) or {"type": "object"}
    return None


def chosen(tool_choice: object) -> str:
    """Return the name of the function that must be called; empty where none is named.

    >>> chosen({"type": "function", "function": {"name": "look"}}), chosen("auto")
    ('look', '')
    """
    name = mapping_of(mapping_of(tool_choice).get("function")).get("name")
    return name if isinstance(name, str) else ""


def name_of(tool: Mapping[str, Any]) -> str:
    """Return what the function of a tool is called."""
    name = mapping_of(tool.get("function")).get("name")
    return name if isinstance(name, str) else ""
