"""Connections that hear the wake-ups of one job at a time, kept from watch to watch: a new one takes three round trips.

An ear keeps its last subscription until it is used again, so that nobody waits for the end of one. An ear with a name
of its own is told of every job that was submitted with that name: nothing need be said to Redis before a submit.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from redis.exceptions import RedisError

from tasks.contracts.errors import StoreUnavailable
from tasks.jobs.store import AsyncStore, Store

LOOK_S = 1.0  # how long a watcher trusts silence before it reads the record
SUBSCRIBE_S = 5.0
IDLE = 8  # ears kept without a use
Hear = Callable[[], str | None]
HearSoon = Callable[[], Awaitable[str | None]]


class Ears:
    """The blocking face."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._idle: list[Any] = []
        self._named: list[Any] = []

    @contextmanager
    def named(self) -> Iterator[tuple[str, Callable[[str], str | None]]]:
        """Have an ear of its own name, and what returns what it hears of a job, None after `LOOK_S` of silence."""
        channel = self._store.key("watch", uuid.uuid4().hex)
        ear = self._named.pop() if self._named else _tune(self._store.client.pubsub(), channel)
        (channel,) = ear.channels

        def hear(job: str) -> str | None:
            ends_s = time.monotonic() + LOOK_S
            while True:  # what is said of a job that nobody waits for any more is no silence
                said = words_in(ear.get_message(timeout=max(0.0, ends_s - time.monotonic())), channel)
                told = _of(job, said)
                if told is not None or said is None:
                    return told

        try:
            yield name_of(channel), hear
        except (RedisError, StoreUnavailable):
            ear.close()
            raise
        except BaseException:  # whoever asked has seen enough
            self._keep(self._named, ear)
            raise
        self._keep(self._named, ear)

    @contextmanager
    def on(self, job: str) -> Iterator[Hear]:
        """Listen to one job: what is heard from now on comes out, None after `LOOK_S` of silence."""
        channel = self._store.key("watch", job)
        ear = self._tuned(channel)
        try:
            yield lambda: words_in(ear.get_message(timeout=LOOK_S), channel)
        except GeneratorExit:  # whoever watched has seen enough
            self._keep(self._idle, ear)
            raise
        except BaseException:
            ear.close()
            raise
        self._keep(self._idle, ear)

    def _tuned(self, channel: str) -> Any:
        if self._idle:
            ear = self._idle.pop()
            with contextlib.suppress(RedisError):  # it may have been cut off while nobody used it
                return _tune(ear, channel)
            ear.close()
        return _tune(self._store.client.pubsub(), channel)

    def _keep(self, kept: list[Any], ear: Any) -> None:
        if len(kept) < IDLE:
            kept.append(ear)
        else:
            ear.close()

    def close(self) -> None:
        """Give the connections back."""
        for kept in (self._idle, self._named):
            while kept:
                kept.pop().close()


class AsyncEars:
    """The asyncio face; what stands in place of an ear with a name there is `tasks.jobs.switchboard`."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store
        self._idle: list[Any] = []

    @asynccontextmanager
    async def on(self, job: str) -> AsyncIterator[HearSoon]:
        """Listen to one job, as `Ears.on` does."""
        channel = self._store.key("watch", job)
        ear = await self._tuned(channel)

        async def hear() -> str | None:
            return words_in(await ear.get_message(timeout=LOOK_S), channel)

        try:
            yield hear
        except GeneratorExit:
            await self._keep(ear)
            raise
        except BaseException:
            await ear.aclose()
            raise
        await self._keep(ear)

    async def _tuned(self, channel: str) -> Any:
        if self._idle:
            ear = self._idle.pop()
            with contextlib.suppress(RedisError):
                return await tune_soon(ear, channel)
            await ear.aclose()
        return await tune_soon(self._store.listening.pubsub(), channel)

    async def _keep(self, ear: Any) -> None:
        if len(self._idle) < IDLE:
            self._idle.append(ear)
        else:
            await ear.aclose()

    async def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            await self._idle.pop().aclose()


def _tune(ear: Any, channel: str) -> Any:
    """Subscribe an ear to one channel alone, and return it once Redis has confirmed that."""
    try:
        if former := _former(ear, channel):
            ear.unsubscribe(*former)
        ear.subscribe(channel)
        while not _confirms(ear.get_message(timeout=SUBSCRIBE_S), channel):
            pass
    except BaseException:  # nobody else would give its connection back
        ear.close()
        raise
    return ear


async def tune_soon(ear: Any, channel: str) -> Any:
    """Do the same without blocking."""
    try:
        if former := _former(ear, channel):
            await ear.unsubscribe(*former)
        await ear.subscribe(channel)
        while not _confirms(await ear.get_message(timeout=SUBSCRIBE_S), channel):
            pass
    except BaseException:  # whoever asked is gone, say; nobody else would give its connection back
        await ear.aclose()
        raise
    return ear


def _former(ear: Any, channel: str) -> list[str]:
    return [each for each in ear.channels if each != channel]


def _confirms(heard: dict[str, Any] | None, channel: str) -> bool:
    if heard is None:
        raise RedisError(f"no word of {channel} within {SUBSCRIBE_S:g} s")
    return bool(heard["type"] == "subscribe" and heard["channel"] == channel)


def words_in(heard: dict[str, Any] | None, channel: str) -> str | None:
    """Return what was said on a channel, if that is what was heard."""
    return heard["data"] if heard and heard["type"] == "message" and heard["channel"] == channel else None


def name_of(channel: str) -> str:
    """Return the name of an ear, which is all that its channel adds to those of watches."""
    return channel.rpartition(":")[2]


def _of(job: str, said: str | None) -> str | None:
    """Return what was said of this job; an ear may still hear of one that nobody waits for any more."""
    about, _, told = (said or "").partition("\n")
    return told if about == job else None
