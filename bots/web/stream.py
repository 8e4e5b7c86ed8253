"""One job as server-sent events. A connection starts with the text so far, or where the last one broke off.

`text` events say where their piece goes: `shown = shown.slice(0, at) + text`, in UTF-16 units, as browsers count. The
id of an event is its place, `fence.at`: whoever shows that place again is told what comes after it, as long as the same
worker writes; else everything, from 0.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
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
_PLACE = re.compile(r"(\d{1,15})\.(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """How far somebody has read: so many UTF-16 units of what the worker with that fence writes."""

    fence: int = 0
    at: int = 0


START = Place()


def place_of(told: str) -> Place:
    """Return the place that an event's id names; whatever it is not, is the start.

    >>> place_of("3.12"), place_of("a.b")
    (Place(fence=3, at=12), Place(fence=0, at=0))
    """
    found = _PLACE.fullmatch(told)
    return Place(int(found[1]), int(found[2])) if found else START


class Frames:
    """Turns the events of one connection into frames. Pure."""

    def __init__(self, fleet: Fleet, read: Place = START) -> None:
        """Tell what comes after `read`, a place that an earlier connection came to."""
        self._fleet, self._read = fleet, read
        self._fence = 0
        self._at = 0
        self._known = 0  # so much of the first piece that comes is known to whoever listens
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
        elif self._fresh and self._read.fence == view.fence:
            self._known = min(self._read.at, units(view.text))
        self._fresh = False
        self.waiting = view if view.state is JobState.QUEUED else None
        if self.waiting is None:
            yield self._stands(view, UNKNOWN)

    def _stands(self, view: JobView, prospect: Prospect) -> bytes:
        self._phrase = replies.phrase(view, prospect)
        told = {"state": view.state.value, "host": view.host, "attempts": view.attempts, "ahead": view.ahead}
        return self._frame("state", {**told, "phrase": self._phrase, "hint": replies.hint(view, prospect)})

    def _text(self, text: str) -> bytes:
        known, self._known = self._known, 0
        at, self._at = self._at + known, self._at + units(text)
        return self._frame("text", {"at": at, "text": after(text, known)})

    def _told(self, view: JobView) -> dict[str, Any]:
        return {
            **replies.public(view, self._fleet),
            "ending": replies.ending(view),
            "details": replies.details(view),
        }

    def _frame(self, name: str, data: dict[str, Any]) -> bytes:
        return f"id: {self._fence}.{self._at}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


def units(text: str) -> int:
    """Return how long a text is, as browsers count."""
    return len(text.encode("utf-16-le")) // 2


def after(text: str, known: int) -> str:
    """Return what comes after so many UTF-16 units of a text."""
    return text.encode("utf-16-le")[known * 2 :].decode("utf-16-le", "replace") if known else text


class Streaming:
    """Tells browsers of jobs, until they are answered or the server ends."""

    def __init__(
        self, gateway: AsyncGateway, lookout: Lookout, fleet: Callable[[], Fleet], closing: Callable[[], bool]
    ) -> None:
        self._gateway, self._lookout, self._fleet, self._closing = gateway, lookout, fleet, closing

    async def frames(self, job: str, read: Place = START) -> AsyncIterator[bytes]:
        """Yield the frames of one connection, for somebody who has read so far."""
        frames = Frames(self._fleet(), read)
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
