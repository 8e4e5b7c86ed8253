"""All jobs of a bot are heard on one connection, over every failure of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tasks.jobs import moves
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore
from tasks.jobs.switchboard import KEPT, AsyncSwitchboard, ear_of
from tasks.jobs.watching import Answered, TextAdded
from tests.tasks.jobs.bots import play
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug

MANY, SOCKETS = 100, 8
BOT = "heron"


def submit(flock: Flock, **fields: object) -> str:
    request = flock.request(**fields)  # type: ignore[arg-type]
    flock.store.run(moves.submit(request, flock.ways, ear_of(BOT)))
    return request.job


@asynccontextmanager
async def listening(flock: Flock, look_s: float = 30.0) -> AsyncIterator[tuple[AsyncGateway, AsyncSwitchboard]]:
    store = AsyncStore.open(flock.url, sockets=SOCKETS)
    try:
        async with AsyncSwitchboard(store, BOT, look_s) as board:
            yield AsyncGateway(store), board
    finally:
        await store.close()


async def answer_of(gateway: AsyncGateway, board: AsyncSwitchboard, job: str) -> tuple[str, str]:
    """Follow a job to its end: what was streamed of it, and its answer."""
    streamed = ""
    with board.line(job) as hear:
        async for event in gateway.follow(job, hear):
            if isinstance(event, TextAdded):
                streamed += event.text
            if isinstance(event, Answered):
                return streamed, event.view.text
    raise AssertionError("it ended without an answer")


def sockets(flock: Flock) -> int:
    return len(flock.client.client_list()) - 1  # the test's own


def test_a_hundred_jobs_are_followed_to_their_answers_over_a_few_connections(flock: Flock) -> None:
    host = flock.host(slots=MANY)
    jobs = [submit(flock) for _ in range(MANY)]

    async def scene() -> None:
        async with listening(flock) as (gateway, board):
            async with asyncio.TaskGroup() as group:
                follows = [group.create_task(answer_of(gateway, board, job)) for job in jobs]
                while not all(job in board._lines for job in jobs):
                    await asyncio.sleep(0)
                await asyncio.to_thread(work)
            assert {answer for _, answer in map(asyncio.Task.result, follows)} == {"so much"}
            # Who comes late to a job hears its answer alone.
            assert {streamed for streamed, _ in map(asyncio.Task.result, follows)} <= {"so much", "so", ""}
            assert 2 <= sockets(flock) <= SOCKETS
            assert not board._lines, "who is answered is listened for no more"

    def work() -> None:
        for _ in jobs:
            claim = flock.take(host)
            flock.delta(claim, 0, "so")
            flock.delta(claim, 2, " much")
            assert flock.finish(claim, "so much")

    play(scene)


def test_a_process_that_starts_again_hears_of_what_an_earlier_one_submitted(flock: Flock) -> None:
    job = submit(flock)
    claim = flock.take(flock.host())
    flock.delta(claim, 0, "so")

    async def scene() -> None:
        async with listening(flock) as (gateway, board), asyncio.TaskGroup() as group:
            follow = group.create_task(answer_of(gateway, board, job))
            while job not in board._lines:
                await asyncio.sleep(0)
            assert await asyncio.to_thread(flock.finish, claim, "so much")
            assert (await follow)[1] == "so much"

    play(scene)


def test_what_is_said_while_redis_is_away_is_read_when_it_is_back(flock: Flock, plug: Plug) -> None:
    job = submit(flock)
    claim = flock.take(flock.host())

    async def scene() -> None:
        async with listening(flock) as (_, board):
            with board.line(job) as hear:
                await asyncio.to_thread(plug.pull)
                await asyncio.to_thread(plug.push_in)
                async with asyncio.timeout(25):
                    assert await hear() is None, "look at the record: something may have been missed"
                assert await asyncio.to_thread(flock.finish, claim)
                while (heard := await hear()) is None:
                    pass
                assert '"record"' in heard

    play(scene)


def test_silence_is_told_after_a_while(flock: Flock) -> None:
    async def scene() -> None:
        async with listening(flock, look_s=0.01) as (_, board):
            with board.line("a") as hear:
                assert await hear() is None

    play(scene)


def test_who_does_not_fetch_what_is_said_is_told_to_read_the_record(flock: Flock) -> None:
    async def scene() -> None:
        async with listening(flock) as (_, board):
            with board.line("a") as hear:
                for number in range(KEPT + 1):
                    board._heard({"type": "message", "data": f"a\n{number}"})
                assert await hear() is None
                assert await hear() == str(KEPT)

    play(scene)
