"""A streamed answer, as OpenAI's API has it: events of a job in, server-sent events out. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bots import replies
from bots.web.openai import failures, said
from bots.web.openai.failures import Failure
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobView, Outcome
from tasks.jobs.watching import Answered, Event, StartedOver, StateChanged, TextAdded

DONE = b"data: [DONE]\n\n"
HEARTBEAT = b": still here\n\n"
COMPACT = (",", ":")


class Chunks:
    """Turns the events of one job into the frames of one stream."""

    def __init__(self, job: str, asked_for: str, created_s: int, fleet: Fleet, *, tells_usage: bool = False) -> None:
        self._job, self._fleet, self._tells_usage = job, fleet, tells_usage
        self._frame = {
            "id": said.completion_id(job),
            "object": "chat.completion.chunk",
            "created": created_s,
            "model": asked_for,
            "service_tier": None,
            "system_fingerprint": None,
            **({"usage": None} if tells_usage else {}),
        }
        self._shown, self._begun, self._phrase = "", False, ""
        self.over = False
        """Nothing follows."""

    @property
    def begun(self) -> bool:
        """Whether some of the answer was told."""
        return self._begun

    def of(self, event: Event) -> bytes:
        """Return the frames that tell a client of `event`, which may be none."""
        match event:
            case TextAdded(text):
                return b"".join(self._text(text))
            case StartedOver() if self._shown:
                return self.failure(failures.of_another_try(self._job))
            case StateChanged(view) if not self._begun:
                return self._waits(view)
            case Answered(view):
                return self._ends(view)
        return b""

    def failure(self, failure: Failure) -> bytes:
        """Return the frame that ends the stream with an error."""
        self.over = True
        return _frame({"error": failure.error})

    def _text(self, text: str) -> Iterator[bytes]:
        yield from self._begins()
        self._shown += text
        yield self._delta({"content": text})

    def _begins(self) -> Iterator[bytes]:
        if not self._begun:
            self._begun = True
            yield self._delta({"role": "assistant", "content": "", "refusal": None})

    def _waits(self, view: JobView) -> bytes:
        phrase = " ".join(replies.printable(replies.phrase(view)).split())
        if phrase == self._phrase:
            return b""
        self._phrase = phrase
        return f": {phrase}\n\n".encode()

    def _ends(self, view: JobView) -> bytes:
        if view.outcome is not Outcome.REPLY:
            return self.failure(failures.of_notice(view))
        rest = rest_of(view.text, self._shown)
        if rest is None:
            return self.failure(failures.of_another_try(self._job))
        self.over = True
        self._frame["system_fingerprint"] = said.fingerprint(view, self._fleet)
        return b"".join((*self._begins(), *self._last(view, rest), DONE))

    def _last(self, view: JobView, rest: str) -> Iterator[bytes]:
        if view.thoughts:
            yield self._delta({"reasoning_content": view.thoughts})
        if rest:
            yield self._delta({"content": rest})
        calls = [said.call_told(call).model_dump() for call in view.calls]
        if calls:
            yield self._delta({"tool_calls": [{"index": at, **call} for at, call in enumerate(calls)]})
        yield self._delta({}, said.finish(view))
        if self._tells_usage:
            yield _frame({**self._frame, "choices": [], "usage": said.used(view).model_dump()})

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _frame({**self._frame, "choices": [choice]})


def rest_of(whole: str, shown: str) -> str | None:
    """Return what of an answer was not shown yet; None where it is not the one that was shown.

    >>> rest_of("Hello there", "Hello"), rest_of("Hello", "Hello  "), rest_of("Good day", "Hello")
    (' there', '', None)
    """
    if whole.startswith(shown):
        return whole[len(shown) :]
    return "" if shown.rstrip().endswith(whole) else None


def _frame(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, separators=COMPACT).encode() + b"\n\n"
