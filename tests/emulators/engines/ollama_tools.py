"""Between Ollama's words for tools and forms, and those of the llama.cpp that it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Message = dict[str, Any]


def openai_messages(messages: list[Message]) -> list[Message]:
    """Return messages as the runner wants them: calls have ids there, and an answer says which it is of."""
    ids: dict[str, str] = {}
    return [_message(message, ids) for message in messages]


def _message(message: Message, ids: dict[str, str]) -> Message:
    said: Message = {"role": message["role"], "content": message.get("content", "")}
    if calls := message.get("tool_calls"):
        said["tool_calls"] = [_call(call["function"], ids) for call in calls]
    if message["role"] == "tool":
        said["tool_call_id"] = ids.get(message.get("tool_name", ""), "unknown")
    return said


def _call(function: Mapping[str, Any], ids: dict[str, str]) -> Message:
    if not isinstance(function["arguments"], dict):
        raise TypeError("the arguments of a call are an object here")
    ids[function["name"]] = f"call_{len(ids)}"
    named = {"name": function["name"], "arguments": json.dumps(function["arguments"])}
    return {"id": ids[function["name"]], "type": "function", "function": named}


def openai_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked for beside words; a model that calls whatever it may stands for one that wants to."""
    fields: dict[str, Any] = {}
    if tools := body.get("tools"):
        fields |= {"tools": tools, "tool_choice": "required"}
    if form := body.get("format"):
        schema = {"type": "object"} if form == "json" else form
        fields["response_format"] = {"type": "json_schema", "json_schema": {"name": "form", "schema": schema}}
    return fields


class Calls:
    """The calls of an answer: Ollama says them whole, with objects for arguments."""

    def __init__(self) -> None:
        self.made: dict[int, dict[str, str]] = {}

    def take(self, parts: list[dict[str, Any]]) -> None:
        """Take parts as the runner streams them."""
        for part in parts:
            call = self.made.setdefault(part["index"], {"name": "", "arguments": ""})
            for field in call:
                call[field] += part["function"].get(field) or ""

    def whole(self) -> list[dict[str, Any]]:
        """Return the calls."""
        return [
            {"function": {"index": index, "name": call["name"], "arguments": json.loads(call["arguments"])}}
            for index, call in self.made.items()
        ]
