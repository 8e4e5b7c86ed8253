"""The part that vLLM, llama-server and LM Studio share: OpenAI's chat, answered by a real llama.cpp."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.emulators.engines.children import Children, Refused
from tests.emulators.engines.frame import Call

PASSED_ON = (
    *("messages", "temperature", "top_p", "max_tokens", "seed", "stop", "presence_penalty", "frequency_penalty"),
    *("response_format", "tools", "tool_choice"),
)
EVENT_STREAM = "text/event-stream; charset=utf-8"


def answer_chat(call: Call, children: Children, seed: int, signed: str, *, thoughts: str = "") -> None:
    """Answer with what the model of `seed` says, signed with a model's name; `thoughts` come first, as reasoning."""
    body = passed_on(call.body)
    try:
        call.stream(_events(children.stream(seed, body), signed, thoughts), EVENT_STREAM)
    except Refused as refusal:
        call.json(refusal.body, refusal.status)


def passed_on(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model behind is asked. To llama.cpp a choice by name is none: only that tool is there then."""
    asked = {key: body[key] for key in PASSED_ON if key in body}
    if isinstance(choice := asked.get("tool_choice"), dict):
        named = [tool for tool in body["tools"] if tool["function"]["name"] == choice["function"]["name"]]
        asked |= {"tools": named, "tool_choice": "required"}
    return asked


def answer_embeddings(call: Call, children: Children, seed: int, signed: str) -> None:
    """Answer with the vectors of the model of `seed`, signed with a model's name."""
    try:
        call.json({**children.embed(seed, call.body["input"]), "model": signed})
    except Refused as refusal:
        call.json(refusal.body, refusal.status)


def _events(chunks: Iterator[dict[str, Any]], signed: str, thoughts: str) -> Iterator[str]:
    try:
        for at, chunk in enumerate(chunks):
            if at == 1 and thoughts:
                delta = {"index": 0, "delta": {"reasoning_content": thoughts}, "finish_reason": None}
                yield _event({**chunk, "model": signed, "choices": [delta], "usage": None})
            yield _event({**chunk, "model": signed})
        yield "data: [DONE]\n\n"
    finally:
        chunks.close()  # type: ignore[attr-defined]  # a generator: the model stops too


def _event(chunk: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def openai_error(message: str, kind: str, status: int, param: str | None = None) -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}
