"""What is said and asked, as the body of a request in Ollama's own HTTP. Pure."""

from __future__ import annotations

import json
from typing import Any

from tasks.contracts.errors import EngineRejected
from tasks.contracts.messages import Sampling, ToolCall, Turn
from tasks.services import Chat
from workers.engines.bodies import chosen, schema_of
from workers.engines.chunks import clean

ANY_JSON = "json"


def messages_of(chat: Chat) -> list[dict[str, Any]]:
    """Return the turns of a chat as messages. A tool's says which tool it is of, where OpenAI's says which call."""
    names = {call.id: call.name for turn in chat.turns for call in turn.calls}
    return [_message(turn, names) for turn in chat.turns]


def asked_of(chat: Chat) -> dict[str, Any]:
    """Return what a chat asks for beside words, in Ollama's fields for it; nothing, for most.

    Raises:
        EngineRejected: it must call a tool; Ollama has no word for that.
    """
    if chosen(chat.tool_choice) or chat.tool_choice == "required":
        raise EngineRejected(
            "Ollama cannot be made to call a tool: it leaves that to the model",
            next_step="leave out tool_choice, or use a model on another kind of engine",
        )
    asked: dict[str, Any] = {}
    if chat.tools and chat.tool_choice != "none":
        asked["tools"] = list(chat.tools)
    schema = schema_of(chat.response_format)
    if schema is not None:
        asked["format"] = ANY_JSON if schema == {"type": "object"} else schema
    return asked


def options_of(sampling: Sampling) -> dict[str, Any]:
    """Return how to pick words, in Ollama's names for that."""
    said = sampling.model_dump(exclude_none=True)
    said["num_predict"] = said.pop("max_tokens")
    return {key: value for key, value in said.items() if value != ()}


def _message(turn: Turn, names: dict[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"role": turn.role, "content": clean(turn.text)}
    if turn.role == "tool" and turn.call in names:
        said["tool_name"] = names[turn.call]
    if turn.calls:
        said["tool_calls"] = [{"function": {"name": call.name, "arguments": _arguments(call)}} for call in turn.calls]
    return said


def _arguments(call: ToolCall) -> dict[str, Any]:
    """Return the arguments as the object that Ollama wants; none where the model wrote no object."""
    try:
        said = json.loads(clean(call.arguments) or "{}")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
