"""Answers as OpenAI's API has them: the whole one of a chat, and what it took. Pure."""

from __future__ import annotations

import json
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from bots import replies
from tasks.contracts.entries import DEMO_LABEL
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import ToolCall
from tasks.jobs.values import MS

Finish = Literal["stop", "length", "tool_calls", "content_filter"]
FINISHES: tuple[Finish, ...] = get_args(Finish)


class Told(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class CalledFunction(Told):
    """The function that is to be called."""

    name: str
    arguments: str


class CallTold(Told):
    """What the model asks for."""

    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class Reply(Told):
    """What the model says."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: None = None
    reasoning_content: str | None = Field(default=None, exclude_if=lambda thought: thought is None)
    """What it thought before, where the persona shows that."""
    tool_calls: list[CallTold] | None = Field(default=None, exclude_if=lambda calls: calls is None)


class Choice(Told):
    """The one answer."""

    index: int = 0
    message: Reply
    logprobs: None = None
    finish_reason: Finish


class PromptDetails(Told):
    """Of the tokens that were read."""

    cached_tokens: int


class Used(Told):
    """Tokens, as the engine counted them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails


class Completion(Told):
    """The whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Used
    service_tier: None = None
    system_fingerprint: str
    """Which model answered on which host."""


def completion(view: JobView, asked_for: str, fleet: Fleet) -> Completion:
    """Return the answer of a job to whoever asked for `asked_for`."""
    reply = Reply(
        content=view.text or None,
        reasoning_content=view.thoughts or None,
        tool_calls=[call_told(call) for call in view.calls] or None,
    )
    return Completion(
        id=completion_id(view.job),
        created=view.received_ms // MS,
        model=asked_for,
        choices=[Choice(message=reply, finish_reason=finish(view))],
        usage=used(view),
        system_fingerprint=fingerprint(view, fleet),
    )


def completion_id(job: str) -> str:
    """Return what an answer is called: its job's id, as clients know such names."""
    return f"chatcmpl-{job}"


def call_told(call: ToolCall) -> CallTold:
    """Return what a model asks to be called."""
    return CallTold(id=call.id, function=CalledFunction(name=call.name, arguments=call.arguments or json.dumps({})))


def finish(view: JobView) -> Finish:
    """Return why the answer ended; engines have more words for it than clients know."""
    if view.calls:
        return "tool_calls"
    return next((known for known in FINISHES if known == view.finish_reason), "stop")


def used(view: JobView) -> Used:
    """Return what an answer took."""
    prompt, words = view.usage.prompt_tokens, view.usage.completion_tokens
    return Used(
        prompt_tokens=prompt,
        completion_tokens=words,
        total_tokens=prompt + words,
        prompt_tokens_details=PromptDetails(cached_tokens=view.usage.cached_tokens),
    )


def fingerprint(view: JobView, fleet: Fleet) -> str:
    """Return what stood behind an answer; of the demo model it says so."""
    where = f"{view.model}@{view.host}" if view.host else view.model
    return f"{DEMO_LABEL}: {where}" if replies.is_demo(view.model, fleet) else where
