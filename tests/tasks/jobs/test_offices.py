"""One process at a time has an office; two of one bot answer once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from tasks.contracts.errors import AlreadyRunning
from tasks.jobs import offices
from tasks.jobs.offices import AsyncOffice
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Move
from tests.tasks.jobs.bots import STREAM, bot, play, take
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug

T = TypeVar("T")
OFFICE = "telegram:5e884898da28"
KEY = f"rookery:lead:{OFFICE}"
BRIEF_MS = 200
PATIENCE_S = 30.0
HOLDER = """
import asyncio, sys
from tasks.jobs.offices import AsyncOffice
from tasks.jobs.store import AsyncStore
async def hold():
    async with AsyncOffice(AsyncStore.open(sys.argv[1]), sys.argv[2], lease_ms=400):
        print("has it", flush=True)
        await asyncio.Event().wait()
asyncio.run(hold())
"""


@asynccontextmanager
async def office(flock: Flock, **how: Any) -> AsyncIterator[AsyncOffice]:
    """Have it, with a connection of its own as another process has."""
    store = AsyncStore.open(flock.url)
    try:
        async with AsyncOffice(store, OFFICE, **how) as mine:
            yield mine
    finally:
        await store.close()


def test_a_second_process_is_refused_in_words_and_comes_in_when_the_first_has_left(flock: Flock) -> None:
    async def scene() -> None:
        async with office(flock):
            with pytest.raises(AlreadyRunning, match="another process is 'telegram' with the same token") as caught:
                async with office(flock, patience_s=0):
                    pass
            assert "stop one of the two" in caught.value.next_step
            assert "5e88" not in str(caught.value)
        async with office(flock, patience_s=0):
            pass

    play(scene)
    assert KEY not in flock.names()


def test_it_is_kept_for_longer_than_a_lease(flock: Flock) -> None:
    async def scene() -> None:
        async with office(flock, lease_ms=BRIEF_MS) as mine:
            for _ in range(2 * offices.RENEWALS):
                before = flock.client.pttl(KEY)
                async with asyncio.timeout(PATIENCE_S):
                    while flock.client.pttl(KEY) <= before:
                        before = flock.client.pttl(KEY)
                        await asyncio.sleep(0.005)
            assert not mine.lost.is_set()

    play(scene)


def test_who_loses_it_is_told(flock: Flock) -> None:
    async def scene() -> None:
        async with office(flock, lease_ms=BRIEF_MS) as mine:
            flock.client.set(KEY, "another one")
            with pytest.raises(AlreadyRunning):
                async with asyncio.timeout(PATIENCE_S):
                    await mine.until_lost()

    play(scene)
    assert flock.client.get(KEY) == "another one", "what is another one's is left alone"


def test_a_redis_that_is_away_takes_it_from_nobody(flock: Flock, plug: Plug) -> None:
    async def scene() -> None:
        async with office(flock, lease_ms=BRIEF_MS) as mine:
            plug.pull()
            await asyncio.sleep(2 * BRIEF_MS / 1000)
            plug.push_in()
            async with asyncio.timeout(PATIENCE_S):
                while not flock.client.exists(KEY):
                    await asyncio.sleep(0.01)
            assert not mine.lost.is_set()

    play(scene)


class Broken(AsyncStore):
    """A store that takes an office, and cannot keep it for a reason that is none of Redis."""

    asked = 0

    async def run(self, move: Move[T]) -> T:
        self.asked += 1
        if self.asked == 2:
            raise OSError("too many open files")
        return await super().run(move)


def test_who_cannot_keep_it_does_not_go_on_as_if_it_had_it(flock: Flock) -> None:
    async def scene() -> None:
        store = Broken.open(flock.url)
        async with AsyncOffice(store, OFFICE, lease_ms=BRIEF_MS) as mine:
            with pytest.raises(AlreadyRunning):
                await asyncio.wait_for(mine.until_lost(), PATIENCE_S)
        await store.close()

    play(scene)
    assert KEY not in flock.names()


def test_what_a_killed_process_had_is_waited_for(flock: Flock) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, flock.url, OFFICE], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "has it\n"
        process.send_signal(signal.SIGKILL)

    async def scene() -> None:
        async with office(flock):
            assert flock.client.exists(KEY)

    play(scene)


def test_two_instances_of_a_bot_that_hear_the_same_answer_once(flock: Flock) -> None:
    """Where both are up after all, with no office to keep them apart."""
    job, said = "the-same-event", list[str]()

    async def scene() -> None:
        async with bot(flock) as older, bot(flock) as newer:
            fresh = [flock.accept(flock.request(job=job, session="s", bot="heron")).fresh for _ in (older, newer)]
            assert fresh == [True, False]
            flock.serve(flock.host())
            with pytest.raises(AlreadyRunning):
                await take(older)
            ((entry, delivery),) = await take(newer)
            said.append(delivery.view.text)
            await newer.delivered(entry, delivery)

    play(scene)
    assert said == ["hi"]
    assert flock.client.xlen(STREAM) == 0
    assert flock.client.zcard(flock.store.key("pushed", "heron")) == 0
