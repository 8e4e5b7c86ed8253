from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bots import following
from bots.following import ticking
from tasks.jobs.watching import Event, TextAdded

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "TICK_S", 0.01)


class Source:
    """Events that are slow to come, and that lose as many cancellations as they are told to."""

    def __init__(self, *texts: str, loses: int = 0, fails: Exception | None = None) -> None:
        self.texts, self.loses, self.fails = texts, loses, fails
        self.closed = False

    async def events(self) -> AsyncIterator[Event]:
        try:
            for text in self.texts:
                yield TextAdded(text)
            if self.fails:
                raise self.fails
            while True:
                try:
                    await asyncio.sleep(PATIENCE_S * 2)
                except asyncio.CancelledError:
                    if not self.loses:
                        raise
                    self.loses -= 1
        finally:
            self.closed = True


async def followed(source: Source, heard: list[Event | None], enough: int) -> None:
    async with contextlib.aclosing(ticking(source.events())) as events:
        async for event in events:
            heard.append(event)
            if len(heard) == enough:
                return


def run(coroutine) -> None:
    asyncio.run(asyncio.wait_for(coroutine, PATIENCE_S))


def test_events_come_through_and_silence_ticks() -> None:
    source, heard = Source("a", "b"), []
    run(followed(source, heard, 4))
    assert heard == [TextAdded("a"), TextAdded("b"), None, None]
    assert source.closed


def test_who_leaves_is_let_go_though_cancellations_get_lost() -> None:
    source, heard = Source(loses=3), []
    run(followed(source, heard, 1))
    assert source.closed
    assert source.loses == 0


def test_a_cancelled_follower_leaves_though_cancellations_get_lost() -> None:
    async def scene() -> None:
        source, heard = Source(loses=3), []
        task = asyncio.create_task(followed(source, heard, -1))
        while not heard:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert source.closed

    run(scene())


def test_a_cancellation_that_was_lost_before_is_found_again() -> None:
    async def careless(source: Source) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(PATIENCE_S * 2)
        await followed(source, [], -1)

    async def scene() -> None:
        source = Source()
        task = asyncio.create_task(careless(source))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert source.closed

    run(scene())


def test_a_failure_comes_through() -> None:
    source = Source("a", fails=ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        run(followed(source, [], -1))
    assert source.closed
