"""One job as server-sent events. Each connection starts over with the whole text, so a reconnect doubles nothing.

`text` events say where their piece goes: `shown = shown.slice(0, at) + text`, in UTF-16 units, as browsers count.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from bots import replies
from bots.following import TICK_S, ticking
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import HELD, JobView
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.watching import Answered, Event, StartedOver, StateChanged, TextAdded

HEARTBEAT_S = 10.0  # below the idle timeouts of proxies
RETRY_MS = 1000  # how soon a browser connects again
HEARTBEAT = b": still here\n\n"


class Frames:
    """Turns the events of one connection into frames. Pure."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._fence = 0
        self._at = 0
        self._fresh = True

    def of(self, event: Event) -> Iterator[bytes]:
        """Return the frames that tell a browser of `event`."""
        match event:
            case TextAdded(text):
                yield self._text(text)
            case StartedOver():
                self._at = 0
                yield self._frame("restart", {})
            case StateChanged(view):
                yield from self._state(view)
            case Answered(view):
                self._fence = view.fence
                yield self._frame("answer", self._told(view))

    def failure(self, exc: RookeryError) -> bytes:
        """Return the frame that ends a stream which could not go on; the job itself does."""
        return self._frame("failure", replies.error(exc))

    def _state(self, view: JobView) -> Iterator[bytes]:
        self._fence = view.fence
        # What a browser still shows from before may be another try's: the first piece of text takes its place, and
        # where no text follows right away, an empty one does.
        if self._fresh and not (view.state in HELD and view.text):
            yield self._text("")
        self._fresh = False
        told = {"state": view.state.value, "host": view.host, "attempts": view.attempts, "phrase": replies.phrase(view)}
        yield self._frame("state", told)

    def _text(self, text: str) -> bytes:
        at, self._at = self._at, self._at + len(text.encode("utf-16-le")) // 2
        return self._frame("text", {"at": at, "text": text})

    def _told(self, view: JobView) -> dict[str, Any]:
        return {
            **replies.public(view, self._fleet),
            "ending": replies.ending(view),
            "details": replies.details(view),
        }

    def _frame(self, name: str, data: dict[str, Any]) -> bytes:
        return f"id: {self._fence}.{self._at}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


async def stream(gateway: AsyncGateway, job: str, fleet: Fleet, closing: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield the frames of a job until it is answered or the server ends."""
    frames = Frames(fleet)
    yield f"retry: {RETRY_MS}\n\n".encode()
    try:
        async with contextlib.aclosing(ticking(gateway.watch(job))) as events:
            silent_s = 0.0
            async for event in events:
                silent_s = 0.0 if event else silent_s + TICK_S
                if event:
                    for frame in frames.of(event):
                        yield frame
                elif silent_s >= HEARTBEAT_S:
                    silent_s = 0.0
                    yield HEARTBEAT
                if closing():
                    return
    except RookeryError as exc:
        yield frames.failure(exc)
