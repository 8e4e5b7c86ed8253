"""Answers that are given again: the same persona, model, adapter, sampling and prompt, to the letter.

Kept in Redis for as long as the persona says, which is not at all unless it says so. What a person asks anew is never
taken from here; what comes of it takes the place of what was here.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tasks.contracts.errors import RookeryError
from tasks.contracts.messages import JobRequest, ToolCall, Usage
from tasks.jobs import forgetting
from tasks.jobs.store import Store, translated
from tasks.services import Chat, Completion

MS = 1000
NOT_PROMPTED = {"author", "job"}  # of a turn: an engine never sees them


def key_of(persona: str, chat: Chat) -> str:
    """Return what tells one question from another: everything that the answer could depend on. Pure."""
    about = {
        "persona": persona,
        "model": chat.model,
        "adapter": chat.adapter,
        "sampling": chat.sampling.model_dump(),
        "turns": [turn.model_dump(exclude=NOT_PROMPTED) for turn in chat.turns],
        **asked_for(chat),
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def asked_for(chat: Chat) -> dict[str, Any]:
    """Return what a chat asks for beside words; nothing, for most."""
    named = {"response_format": chat.response_format, "tools": chat.tools, "tool_choice": chat.tool_choice}
    return {name: value for name, value in named.items() if value}


def find(store: Store, request: JobRequest, chat: Chat) -> tuple[str, Completion] | None:
    """Return the answer that was given to the very same question, if it is to be given again.

    A Redis that does not answer has none: the engine is asked.
    """
    if not request.cache_s or request.replaces:
        return None
    try:
        with translated():
            found = store.client.get(store.key("cache", key_of(request.persona, chat)))
    except RookeryError:
        return None
    if found is None:
        return None
    said = json.loads(found)
    calls = tuple(ToolCall.model_validate(call) for call in said.get("calls", ()))
    return said["text"], Completion(Usage(), said["finish_reason"], said["answered_by"], calls)


def keep(store: Store, request: JobRequest, chat: Chat, text: str, completion: Completion) -> None:
    """Keep an answer for as long as its persona says; where Redis takes nothing, it is not kept."""
    if not request.cache_s:
        return
    said: dict[str, Any] = {
        "text": text,
        "finish_reason": completion.finish_reason,
        "answered_by": completion.answered_by,
    }
    if completion.calls:
        said["calls"] = [call.model_dump() for call in completion.calls]
    try:
        life_ms = max(1, int(request.cache_s * MS))
        store.run(forgetting.keep_answer(key_of(request.persona, chat), json.dumps(said), life_ms))
    except RookeryError:
        return
