"""What an OpenAI-compatible server says in one event of a chat stream, read into a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.contracts.errors import EngineUnavailable
from tasks.contracts.messages import Usage


@dataclass(frozen=True)
class Chunk:
    """One event; what it does not say is empty."""

    model: str = ""
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    error: Mapping[str, Any] | None = None


def parse(data: str) -> Chunk:
    """Return what `data` says. Fields that are missing, null or of another type count as not said.

    Raises:
        EngineUnavailable: it is not a JSON object.
    """
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise _garbage() from exc
    if not isinstance(said, dict):
        raise _garbage()
    if said.get("error"):
        return Chunk(error=said)
    choice = _first_choice(said)
    delta = _mapping(choice.get("delta"))
    return Chunk(
        model=_text(said.get("model")),
        text=_text(delta.get("content")),
        # Two names for the same thing: the first is DeepSeek's and llama.cpp's, the second OpenRouter's and vLLM's.
        reasoning=_text(delta.get("reasoning_content")) or _text(delta.get("reasoning")),
        finish_reason=_text(choice.get("finish_reason")),
        usage=usage(said.get("usage")),
    )


def usage(said: object) -> Usage | None:
    """Return the tokens that the server counted, None when it did not."""
    counts = _mapping(said)
    if not counts:
        return None
    details = _mapping(counts.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
    )


def clean(text: str) -> str:
    r"""Replace halves of surrogate pairs: JSON can carry them, UTF-8 cannot.

    >>> clean("a\ud83d")
    'a\ufffd'
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _first_choice(said: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = said.get("choices")
    first = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
    return first if first.get("index", 0) == 0 else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _garbage() -> EngineUnavailable:
    return EngineUnavailable(
        "an event of the stream is no JSON object",
        next_step="check that the engine's address is that of an OpenAI-compatible server",
    )
