"""The switchboard, against a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from tasks.contracts.errors import StoreUnavailable
from tasks.jobs import ears as ears_module
from tasks.jobs.store import AsyncStore
from tasks.jobs.switchboard import Switchboard
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.test_ears import connections

Scene = Callable[[Switchboard], Awaitable[None]]


@pytest.fixture
def play(flock: Flock) -> Callable[[Scene], None]:
    """Call it with what is to happen at a switchboard."""

    async def whole(scene: Scene) -> None:
        store = AsyncStore.open(flock.url)
        board = Switchboard(store)
        await scene(board)
        await board.close()
        await store.close()

    def run(scene: Scene) -> None:
        asyncio.run(whole(scene))
        assert connections(flock, 0) == 0

    return run


def say(flock: Flock, name: str, job: str, words: str) -> None:
    flock.client.publish(flock.store.key("watch", name), f"{job}\n{words}")


def test_everybody_hears_of_their_own_job_over_one_connection(flock: Flock, play):
    async def scene(board: Switchboard) -> None:
        async with board.line("a") as (name, hear_a), board.line("b") as (again, hear_b):
            assert name == again
            for job, words in (("b", "two"), ("x", "nobody's"), ("a", "one\nmore"), ("b", "three")):
                say(flock, name, job, words)
            assert [await hear_a(), await hear_b(), await hear_b()] == ["one\nmore", "two", "three"]
            assert await asyncio.to_thread(connections, flock, 1) == 1

    play(scene)


def test_two_who_wait_for_one_job_both_hear(flock: Flock, play):
    async def scene(board: Switchboard) -> None:
        async with board.line("a") as (name, first), board.line("a") as (_, second):
            say(flock, name, "a", "one")
            assert [await first(), await second()] == ["one", "one"]

    play(scene)


def test_silence_is_told_after_a_while_and_what_comes_then_is_heard(flock: Flock, play, monkeypatch):
    monkeypatch.setattr(ears_module, "LOOK_S", 0.01)

    async def scene(board: Switchboard) -> None:
        async with board.line("a") as (name, hear):
            assert await hear() is None
            say(flock, name, "a", "one")
            while (heard := await hear()) is None:
                pass
            assert heard == "one"

    play(scene)


def test_who_has_left_is_told_nothing_and_the_connection_is_used_again(flock: Flock, play):
    async def scene(board: Switchboard) -> None:
        async with board.line("a") as (name, _):
            pass
        say(flock, name, "a", "late")
        async with board.line("b") as (again, hear):
            say(flock, again, "b", "two")
            assert (again, await hear()) == (name, "two")

    play(scene)


def test_a_connection_that_is_lost_is_told_to_who_waits_and_replaced_for_who_comes_next(flock: Flock, play):
    async def scene(board: Switchboard) -> None:
        async with board.line("a") as (name, hear):
            waiting = asyncio.create_task(hear())
            await asyncio.sleep(0)
            flock.client.client_kill_filter(_type="pubsub")
            with pytest.raises(StoreUnavailable):
                await waiting
        async with board.line("b") as (another, hear):
            assert another != name
            say(flock, another, "b", "two")
            assert await hear() == "two"

    play(scene)


def test_who_comes_while_a_lost_connection_is_put_away_hears_on_another_one(flock: Flock, play, monkeypatch):
    put_away, close = asyncio.Event(), PubSub.aclose

    async def slowly(ear: PubSub) -> None:
        await put_away.wait()
        await close(ear)

    async def scene(board: Switchboard) -> None:
        async with board.line("a") as (name, hear):
            monkeypatch.setattr(PubSub, "aclose", slowly)
            flock.client.client_kill_filter(_type="pubsub")
            with pytest.raises(StoreUnavailable):
                await hear()
        async with board.line("b") as (another, hear):
            assert another != name
            say(flock, another, "b", "two")
            assert await hear() == "two"
        put_away.set()

    play(scene)


def test_many_who_come_at_once_open_one_connection(flock: Flock, play):
    async def scene(board: Switchboard) -> None:
        async def one(job: str) -> str:
            async with board.line(job) as (name, _):
                return name

        assert len(set(await asyncio.gather(*map(one, "abcdefgh")))) == 1
        assert await asyncio.to_thread(connections, flock, 1) == 1

    play(scene)


def test_without_redis_nobody_waits(free_port):
    async def scene() -> None:
        store = AsyncStore.open(f"redis://127.0.0.1:{free_port()}")
        with pytest.raises(RedisError):
            async with Switchboard(store).line("a"):
                pass
        await store.close()

    asyncio.run(scene())
