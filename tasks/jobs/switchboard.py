"""One connection on which a process hears what becomes of every job that it submits, however many wait at once.

It is opened when the first one waits, and anew after it was lost: who waits then is told so, and may ask again.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tasks.contracts.errors import RookeryError
from tasks.jobs import ears
from tasks.jobs.ears import HearSoon
from tasks.jobs.store import AsyncStore, translate

NO_RETRY = Retry(NoBackoff(), 0)  # what was said while a connection was away is lost: that is not to be hidden


class Receiver:
    """Hears of one job."""

    def __init__(self) -> None:
        self._told: deque[str] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._failure: RookeryError | None = None

    def tell(self, words: str) -> None:
        """Say something of the job."""
        self._told.append(words)
        self._wake()

    def fail(self, failure: RookeryError) -> None:
        """Say that nothing more can be heard."""
        self._failure = failure
        self._wake()

    async def hear(self) -> str | None:
        """Return what is said next; None after `ears.LOOK_S` of silence. Raises StoreUnavailable: the line is dead."""
        if not self._told and self._failure is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            alarm = loop.call_later(ears.LOOK_S, self._wake)
            try:
                await self._waiting
            finally:
                alarm.cancel()
        if self._told:
            return self._told.popleft()
        if self._failure is not None:
            raise self._failure
        return None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Switchboard:
    """Connects whoever waits with what is said of their job."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store
        self._channel = ""  # nobody listens
        self._opening = asyncio.Lock()
        self._receivers: defaultdict[str, list[Receiver]] = defaultdict(list)
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def line(self, job: str) -> AsyncIterator[tuple[str, HearSoon]]:
        """Have the name that the job is to be submitted with, and what returns what is then said of it.

        Raises:
            RedisError: nobody can listen.
        """
        receiver = Receiver()
        await self._open()
        self._receivers[job].append(receiver)
        try:
            yield ears.name_of(self._channel), receiver.hear
        finally:
            self._receivers[job].remove(receiver)
            if not self._receivers[job]:
                del self._receivers[job]

    async def close(self) -> None:
        """Hear nothing more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def _open(self) -> None:
        if self._channel:
            return
        async with self._opening:  # those who come while somebody opens it share what is opened
            if not self._channel:
                channel = self._store.key("watch", uuid.uuid4().hex)
                ear = await ears.tune_soon(self._store.listening.pubsub(), channel)
                ear.connection.retry = NO_RETRY
                self._channel = channel
                self._listening = asyncio.create_task(self._listen(ear, channel))

    async def _listen(self, ear: Any, channel: str) -> None:
        try:
            while True:
                said = ears.words_in(await ear.get_message(timeout=None), channel)
                about, _, told = (said or "").partition("\n")
                for receiver in self._receivers.get(about, ()):
                    receiver.tell(told)
        except RedisError as exc:
            for receivers in self._receivers.values():
                for receiver in receivers:
                    receiver.fail(translate(exc))
        finally:
            self._channel = ""  # at once: who comes while the connection is put away is to have another one
            with contextlib.suppress(RedisError):
                await ear.aclose()
