"""One connection that hears of all the jobs of a bot, however many there are.

Every job that was submitted with the bot's ear is told on it. The name of the ear stays the same from process to
process, so one that starts again hears at once of what an earlier one submitted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from redis.exceptions import RedisError

from tasks.jobs.ears import HearSoon
from tasks.jobs.store import AsyncStore

LOOK_S = 2.0  # how long silence is trusted before the record is read: the place in the queue is told by it alone
AGAIN_S = 0.5
KEPT = 256  # wake-ups of one job that nobody fetches; beyond that the record is read instead
logger = logging.getLogger(__name__)


def ear_of(bot: str) -> str:
    """Return the ear that all jobs of a bot are submitted with."""
    return f"bot-{bot}"


class AsyncSwitchboard:
    """Hears while the block runs; `line` is what `AsyncGateway.follow` listens on."""

    def __init__(self, store: AsyncStore, bot: str, look_s: float = LOOK_S) -> None:
        self.ear = ear_of(bot)
        self._store, self._look_s, self._channel = store, look_s, store.key("watch", ear_of(bot))
        self._lines: dict[str, list[asyncio.Queue[str | None]]] = {}
        self._hears = asyncio.Event()
        self._hearing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to hear; Redis may be away meanwhile. Returns once it hears, or has found out that it cannot yet."""
        self._hearing = asyncio.create_task(self._hear_on(), name=f"switchboard {self.ear}")
        await self._hears.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hear no more."""
        if self._hearing is not None:
            self._hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._hearing

    @contextlib.contextmanager
    def line(self, job: str) -> Iterator[HearSoon]:
        """Yield what returns the next wake-up of a job: None after some silence, or when some may have been missed."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        lines = self._lines.setdefault(job, [])
        lines.append(queue)

        async def hear() -> str | None:
            try:
                return await asyncio.wait_for(queue.get(), self._look_s)
            except TimeoutError:
                return None

        try:
            yield hear
        finally:
            lines.remove(queue)
            if not lines and self._lines.get(job) is lines:
                del self._lines[job]

    async def _hear_on(self) -> None:
        while True:
            try:
                async with self._store.client.pubsub() as ear:
                    await ear.subscribe(self._channel)
                    while True:
                        self._heard(await ear.get_message(timeout=self._look_s))
            except RedisError as exc:
                logger.warning("hears nothing of its jobs", extra={"error": str(exc)})
                self._hears.set()
            await asyncio.sleep(AGAIN_S)

    def _heard(self, heard: dict[str, Any] | None) -> None:
        if heard is None:
            return
        if heard["type"] == "subscribe":
            self._hears.set()
            for lines in self._lines.values():
                _put(lines, None)  # what was said meanwhile is in the record
        elif heard["type"] == "message":
            job, _, told = heard["data"].partition("\n")
            _put(self._lines.get(job, ()), told)


def _put(lines: Iterable[asyncio.Queue[str | None]], told: str | None) -> None:
    for queue in lines:
        if queue.qsize() >= KEPT:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)
        queue.put_nowait(told)
