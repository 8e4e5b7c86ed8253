"""Few at a time: what is posted and not yet written down would be left behind by a death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turnstile:
    """Lets few through at a time. Whoever has waited too long goes through all the same: no chat holds up another."""

    def __init__(self, few: int, patience_s: float) -> None:
        self._places, self._patience_s = asyncio.Semaphore(few), patience_s

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """Be inside while the block runs."""
        has_place = await self._enter()
        try:
            yield
        finally:
            if has_place:
                self._places.release()

    async def _enter(self) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._places.acquire()
        except TimeoutError:
            return False
