"""A job as a stream, which begins with the first words, or with comments where they take long.

What fails before that is told by a status, as it would be without a stream.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from bots.following import TICK_S
from bots.web.openai import failures
from bots.web.openai.chunks import HEARTBEAT, Chunks
from bots.web.openai.line import Line
from tasks.contracts.errors import RookeryError
from tasks.contracts.jobs import JobView, Outcome
from tasks.jobs.watching import Answered, Event

OPEN_S = 3.0  # how long the first words may take before the stream begins without them
HEARTBEAT_S = 10.0  # below the idle timeouts of proxies
Events = AsyncGenerator[Event | None, None]


class NoAnswer(Exception):
    """The job ended in a notice."""

    def __init__(self, view: JobView) -> None:
        super().__init__(view.job)
        self.view = view


async def opened(line: Line, chunks: Chunks) -> tuple[bytes, Events]:
    """Return the first frames of a stream and the events that the others come of.

    Raises:
        NoAnswer: there was a notice before the first word.
        HungUp: nobody is there any more.
        RookeryError: as `Line.events` does.
    """
    events = line.events(until_answered=False)
    try:
        return await _first(line, chunks, events), events
    except BaseException:
        await events.aclose()
        raise


async def _first(line: Line, chunks: Chunks, events: Events) -> bytes:
    told, silent_s = b"", 0.0
    async for event in events:
        if isinstance(event, Answered) and event.view.outcome is not Outcome.REPLY:
            raise NoAnswer(event.view)
        if event is None:
            await line.check()
            silent_s += TICK_S
        else:
            told = chunks.of(event)  # comments that nobody had to wait for are left out
        if chunks.begun or chunks.over or silent_s >= OPEN_S:
            break
    return told


async def frames(line: Line, chunks: Chunks, told: bytes, events: Events) -> AsyncIterator[bytes]:
    """Yield the frames of a stream: those that were `told` already, then what comes of `events`."""
    line.told, silent_s = True, 0.0
    async with contextlib.aclosing(events):
        yield told
        if chunks.over:
            return
        try:
            async for event in events:
                frame = chunks.of(event) if event else b""
                silent_s = 0.0 if frame else silent_s + TICK_S * (event is None)
                if silent_s >= HEARTBEAT_S:
                    silent_s, frame = 0.0, HEARTBEAT
                line.kept = chunks.over  # an answer that does not go on with what was shown can be fetched
                if frame:
                    yield frame
                if chunks.over:
                    return
        except RookeryError as exc:
            yield chunks.failure(failures.told(exc))
