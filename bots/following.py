"""Following a job's events in such a way that one can stop at any moment.

On Python 3.11 a cancellation that meets `asyncio.wait_for` just as its work is done gets lost, and redis-py sends every
command through that. So whoever follows a job waits beside its events, not in them, and asks again until they end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator

from tasks.jobs.ending import put_down
from tasks.jobs.watching import Event

TICK_S = 0.5  # how soon somebody who follows notices that they should stop
_leaving: set[asyncio.Task[None]] = set()  # so that nobody collects them half-way


async def ticking(events: AsyncIterator[Event]) -> AsyncGenerator[Event | None, None]:
    """Yield what `events` yields, and None whenever nothing came for a tick.

    Raises CancelledError, also for a cancellation that was lost in what came before.
    """
    task, heard = asyncio.current_task(), _Heard(events)
    try:
        while True:
            await heard.something(TICK_S)
            if task is not None and task.cancelling():
                raise asyncio.CancelledError
            if heard.waiting:
                yield heard.waiting.popleft()
            elif heard.listening.done():
                heard.listening.result()
                return
            else:
                yield None
    finally:
        # In a task of its own: this one may be forbidden to wait by now.
        leaving = asyncio.create_task(_leave(heard.listening, events))
        _leaving.add(leaving)
        leaving.add_done_callback(_leaving.discard)
        await asyncio.shield(leaving)


class _Heard:
    """What has come of a job's events, heard by one task for all of them: one for each would cost more than they do."""

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self.waiting: deque[Event] = deque()
        self._awaited: asyncio.Future[None] | None = None
        self.listening = asyncio.create_task(self._listen(events))
        self.listening.add_done_callback(self._wake)

    async def something(self, seconds: float) -> None:
        """Return once there is something, or nothing more will come, or so much time has passed."""
        if self.waiting or self.listening.done():
            return
        loop = asyncio.get_running_loop()
        self._awaited = loop.create_future()
        alarm = loop.call_later(seconds, self._wake)
        try:
            await self._awaited
        finally:
            alarm.cancel()

    async def _listen(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self.waiting.append(event)
            self._wake()

    def _wake(self, _ended: object = None) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)


async def _leave(listening: asyncio.Task[None], events: AsyncIterator[Event]) -> None:
    await put_down({listening}, TICK_S)
    if isinstance(events, AsyncGenerator):
        with contextlib.suppress(RuntimeError):  # it is being closed by somebody else
            await events.aclose()
