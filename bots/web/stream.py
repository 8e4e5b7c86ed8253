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
from bots.lookout import UNKNOWN, Lookout, Prospect
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import HELD, JobState, JobView
from tasks.jobs.crashpoints import reach
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
        self._phrase = ""
        self.waiting: JobView | None = None
        """The job, while it waits for a host: what it may hope for is worth a look."""

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
                self._fence, self.waiting = view.fence, None
                yield self._frame("answer", self._told(view))

    def waits(self, prospect: Prospect) -> Iterator[bytes]:
        """Return the frame that tells what the job waits for, where that has changed."""
        if self.waiting is not None and replies.phrase(self.waiting, prospect) != self._phrase:
            yield self._stands(self.waiting, prospect)

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
        self.waiting = view if view.state is JobState.QUEUED else None
        if self.waiting is None:
            yield self._stands(view, UNKNOWN)

    def _stands(self, view: JobView, prospect: Prospect) -> bytes:
        self._phrase = replies.phrase(view, prospect)
        told = {"state": view.state.value, "host": view.host, "attempts": view.attempts, "ahead": view.ahead}
        return self._frame("state", {**told, "phrase": self._phrase, "hint": replies.hint(view, prospect)})

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


class Streaming:
    """Tells browsers of jobs, until they are answered or the server ends."""

    def __init__(
        self, gateway: AsyncGateway, lookout: Lookout, fleet: Callable[[], Fleet], closing: Callable[[], bool]
    ) -> None:
        self._gateway, self._lookout, self._fleet, self._closing = gateway, lookout, fleet, closing

    async def frames(self, job: str) -> AsyncIterator[bytes]:
        """Yield the frames of one connection."""
        frames = Frames(self._fleet())
        yield f"retry: {RETRY_MS}\n\n".encode()
        try:
            async with contextlib.aclosing(ticking(self._gateway.watch(job))) as events:
                silent_s = 0.0
                async for event in events:
                    told = list(frames.of(event)) if event else []
                    if frames.waiting is not None:
                        told += frames.waits(await self._lookout.prospect(frames.waiting))
                    silent_s = 0.0 if told else silent_s + TICK_S
                    if silent_s >= HEARTBEAT_S:
                        silent_s, told = 0.0, [HEARTBEAT]
                    for frame in told:
                        yield frame
                    _come_by(event)
                    if self._closing():
                        return
        except RookeryError as exc:
            yield frames.failure(exc)


def _come_by(event: Event | None) -> None:
    """Die here if a test says so: between a piece and the next one, or with all of it told and nobody knowing."""
    if isinstance(event, TextAdded | Answered):
        reach("delivery.sent" if isinstance(event, Answered) else "delivery.edited")
