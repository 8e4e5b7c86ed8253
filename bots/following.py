"""Following a job's events in such a way that one can stop at any moment.

On Python 3.11 a cancellation that meets `asyncio.wait_for` just as its work is done gets lost, and redis-py sends every
command through that. So whoever follows a job waits beside its events, not in them, and asks again until they end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from tasks.jobs.ending import put_down
from tasks.jobs.watching import Event

TICK_S = 0.5  # how soon somebody who follows notices that they should stop
_leaving: set[asyncio.Task[None]] = set()  # so that nobody collects them half-way


async def ticking(events: AsyncIterator[Event]) -> AsyncGenerator[Event | None, None]:
    """Yield what `events` yields, and None whenever nothing came for a tick.

    Raises CancelledError, also for a cancellation that was lost in what came before.
    """
    task = asyncio.current_task()
    coming: asyncio.Task[Event] | None = None
    try:
        while True:
            coming = coming or asyncio.create_task(_next(events))
            done, _ = await asyncio.wait({coming}, timeout=TICK_S)
            if task is not None and task.cancelling():
                raise asyncio.CancelledError
            if not done:
                yield None
                continue
            come, coming = coming, None
            try:
                event = come.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        # In a task of its own: this one may be forbidden to wait by now.
        leaving = asyncio.create_task(_leave(coming, events))
        _leaving.add(leaving)
        leaving.add_done_callback(_leaving.discard)
        await asyncio.shield(leaving)


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)


async def _leave(coming: asyncio.Task[Event] | None, events: AsyncIterator[Event]) -> None:
    if coming is not None:
        await put_down({coming}, TICK_S)
    if isinstance(events, AsyncGenerator):
        with contextlib.suppress(RuntimeError):  # it is being closed by somebody else
            await events.aclose()
