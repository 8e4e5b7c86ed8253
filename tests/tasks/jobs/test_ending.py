from __future__ import annotations

import asyncio
from contextlib import suppress

from tasks.jobs.ending import put_down


async def deaf(times: int) -> None:
    """Lose so many cancellations, as redis-py may lose one."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


async def failing() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        raise ValueError


def test_a_cancellation_that_got_lost_is_said_again() -> None:
    async def scene() -> list[bool]:
        tasks = [asyncio.create_task(deaf(times)) for times in (0, 1, 3)]
        await asyncio.sleep(0)
        await put_down(tasks, 0.01)
        return [task.cancelled() for task in tasks]

    assert asyncio.run(scene()) == [True] * 3


def test_what_ends_with_an_error_and_what_has_ended_are_no_trouble() -> None:
    async def scene() -> list[bool]:
        tasks = [asyncio.create_task(failing()), asyncio.create_task(asyncio.sleep(0))]
        await asyncio.sleep(0.01)
        await put_down(tasks)
        await put_down([])
        return [task.done() for task in tasks]

    assert asyncio.run(scene()) == [True, True]
