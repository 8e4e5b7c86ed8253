"""A bot that takes its replies from its outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from tasks.jobs.outbox import Outbox
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Delivery
from tests.tasks.jobs.flock import LONG_MS, Flock

STREAM = "rookery:outbox:heron"


@asynccontextmanager
async def bot(flock: Flock, name: str = "heron") -> AsyncIterator[Outbox]:
    """A process of a bot, up until the block ends; it crashes if its deliveries are not finished."""
    store = AsyncStore.open(flock.url)
    outbox = Outbox(store, name, LONG_MS)
    await outbox.open()
    try:
        yield outbox
    finally:
        await store.close()


async def take(outbox: Outbox, count: int = 1) -> list[tuple[str, Delivery]]:
    """Take the next outcomes, as many as there must be."""
    taken = []
    async with aclosing(outbox.deliveries()) as deliveries:
        async for item in deliveries:
            taken.append(item)
            if len(taken) == count:
                break
    return taken


def answered(flock: Flock, count: int = 1, **fields: Any) -> list[str]:
    """Have replies for the bot."""
    host = flock.host()
    for _ in range(count):
        flock.submit(bot="heron", **fields)
    return [flock.serve(host) for _ in range(count)]


def left(flock: Flock) -> tuple[int, int]:
    """Return how many entries the stream holds, and how many of them were read and not done."""
    groups = flock.client.xinfo_groups(STREAM)
    return flock.client.xlen(STREAM), groups[0]["pending"]


def play(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scene())
