"""An office that one process in the flock may have: the one that listens to a platform with one token, say."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import secrets
import time
from types import TracebackType
from typing import NoReturn, Self

from tasks.contracts.errors import AlreadyRunning, RookeryError
from tasks.jobs import moves
from tasks.jobs.ending import put_down
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import MS

LEASE_MS = 5_000  # how long one that was killed keeps the next one waiting
RENEWALS = 4  # in one lease
ASK_AGAIN_S = 0.2


class AsyncOffice:
    """Takes an office and keeps it while the block runs; `until_lost` ends when another process has it.

    A process that was killed holds it until its lease ends, so the next one waits for that long before it gives up.
    While Redis is away nobody can take it, so it is not lost by that.
    """

    def __init__(
        self, store: AsyncStore, name: str, *, lease_ms: int = LEASE_MS, patience_s: float | None = None
    ) -> None:
        self.name, self.lost = name, asyncio.Event()
        self._store, self._lease_ms = store, lease_ms
        self._patience_s = 1.5 * lease_ms / MS if patience_s is None else patience_s
        self._who = f"{platform.node()}:{os.getpid()}:{secrets.token_hex(6)}"
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Take it.

        Raises:
            AlreadyRunning: another process has it, and keeps it.
            StoreUnavailable: Redis did not answer.
        """
        give_up_s = time.monotonic() + self._patience_s
        while not await self._lead():
            if time.monotonic() >= give_up_s:
                raise self._taken()
            await asyncio.sleep(ASK_AGAIN_S)
        self._keeping = asyncio.create_task(self._keep(), name=f"office {self.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it to whoever comes next, at once."""
        if self._keeping is not None:
            await put_down({self._keeping})
        with contextlib.suppress(RookeryError):
            await self._store.run(moves.resign(self.name, self._who))

    async def until_lost(self) -> NoReturn:
        """Wait until another process has it. Raises AlreadyRunning then, and returns never."""
        await self.lost.wait()
        raise self._taken()

    async def _lead(self) -> bool:
        return await self._store.run(moves.lead(self.name, self._who, self._lease_ms))

    async def _keep(self) -> None:
        kept = True
        try:
            while kept:
                await asyncio.sleep(self._lease_ms / MS / RENEWALS)
                with contextlib.suppress(RookeryError):
                    kept = await self._lead()
        finally:  # whatever ended this: nobody keeps the office any more, so another process may have it
            self.lost.set()

    def _taken(self) -> AlreadyRunning:
        return AlreadyRunning(
            f"another process is {self.name.partition(':')[0]!r} with the same token",
            next_step="stop one of the two: both would hear the same messages",
        )
