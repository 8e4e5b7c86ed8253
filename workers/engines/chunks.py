"""What an OpenAI-compatible server says in one event of a chat stream, read into a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.contracts.errors import EngineUnavailable
from tasks.contracts.messages import Usage
from workers.engines.sse import DONE


@dataclass(frozen=True)
class Chunk:
    """One event; what it does not say is empty."""

    model: str = ""
    text: str = ""
    reasoning: str = ""
    calls: object = None
    """What it says of calls, as it says it: `workers.engines.calls` reads that."""
    finish_reason: str = ""
    usage: Usage | None = None
    error: Mapping[str, Any] | None = None
    done: bool = False
    """Nothing comes after it."""


def parse(data: str) -> Chunk:
    """Return what `data` says. Fields that are missing, null or of another type count as not said.

    Raises:
        EngineUnavailable: it is not a JSON object.
    """
    if data.strip() == DONE:
        return Chunk(done=True)
    said = json_object(data)
    if said.get("error"):
        return Chunk(error=said)
    choice = _first_choice(said)
    delta = mapping_of(choice.get("delta"))
    return Chunk(
        model=text_of(said.get("model")),
        text=text_of(delta.get("content")),
        # Two names for the same thing: the first is DeepSeek's and llama.cpp's, the second OpenRouter's and vLLM's.
        reasoning=text_of(delta.get("reasoning_content")) or text_of(delta.get("reasoning")),
        calls=delta.get("tool_calls"),
        finish_reason=text_of(choice.get("finish_reason")),
        usage=usage(said.get("usage")),
    )


def json_object(message: str) -> dict[str, Any]:
    """Return the object that a message of a stream is.

    Raises:
        EngineUnavailable: it is none.
    """
    try:
        said = json.loads(message)
    except (ValueError, RecursionError) as exc:
        raise _garbage() from exc
    if not isinstance(said, dict):
        raise _garbage()
    return said


def usage(said: object) -> Usage | None:
    """Return the tokens that the server counted, None when it did not."""
    counts = mapping_of(said)
    if not counts:
        return None
    details = mapping_of(counts.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=count_of(counts.get("prompt_tokens")),
        completion_tokens=count_of(counts.get("completion_tokens")),
        cached_tokens=count_of(details.get("cached_tokens")),
    )


def clean(text: str) -> str:
    r"""Replace halves of surrogate pairs: JSON can carry them, UTF-8 cannot.

    >>> clean("a\ud83d")
    'a\ufffd'
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _first_choice(said: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = said.get("choices")
    first = mapping_of(choices[0]) if isinstance(choices, list) and choices else {}
    return first if first.get("index", 0) == 0 else {}


def mapping_of(value: object) -> Mapping[str, Any]:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text_of(value: object) -> str:
    """Return `value` if it is a text, else an empty one."""
    return clean(value) if isinstance(value, str) else ""


def count_of(value: object) -> int:
    """Return `value` if it is a positive number, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _garbage() -> EngineUnavailable:
    return EngineUnavailable(
        "a message of the stream is no JSON object",
        next_step="check that the engine's address is that of such a server",
    )
