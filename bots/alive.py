"""A bot tells that it runs, for health checks to ask."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import NoReturn

from tasks.contracts.errors import StoreUnavailable
from tasks.jobs import pockets
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Move

LIFE_S = 60.0


def process_of(bot: str) -> Move[str]:
    """Return the process that is a bot; empty: none has said so for a minute."""
    return pockets.get(_pocket(bot))


async def keep_telling(store: AsyncStore, bot: str) -> NoReturn:
    """Tell it again and again; while Redis is away nobody hears it."""
    while True:
        with contextlib.suppress(StoreUnavailable):
            await store.run(pockets.put(_pocket(bot), str(os.getpid()), LIFE_S))
        await asyncio.sleep(LIFE_S / 4)


def _pocket(bot: str) -> str:
    return f"up:{bot}"
