"""All jobs of a bot are heard on one connection."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from bots.delivery.wire import SUBSCRIBED, ear_of, wire
from bots.runner import SOCKETS
from tasks.contracts.messages import JobRequest
from tasks.jobs import placing
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.outbox import Outbox
from tasks.jobs.store import AsyncStore
from tests.tasks.jobs.flock import Flock

MANY, BOT = 100, "heron"


def request(number: int) -> JobRequest:
    return JobRequest(job=f"j{number}", model="demo", session=f"s{number}", user="ada", text="hello", bot=BOT)


def test_a_hundred_jobs_at_once_go_their_way_over_a_few_connections(redis_url: str) -> None:
    flock = Flock(redis_url)
    host = flock.host(slots=MANY)
    others = len(flock.client.client_list())
    done: set[str] = set()
    sockets: list[int] = []

    async def hear(store: AsyncStore, subscribed: asyncio.Event) -> None:
        async with aclosing(wire(store, BOT)) as heard:  # type: ignore[type-var]
            async for job, told in heard:
                if (job, told) == SUBSCRIBED:
                    subscribed.set()
                elif '"delivered"' in told:
                    done.add(job)
                if len(done) == MANY:
                    return

    async def one(gateway: AsyncGateway, outbox: Outbox, number: int) -> None:
        await gateway.submit(request(number), ear=ear_of(BOT))
        await gateway.store.run(placing.placed(f"j{number}", BOT, outbox.generation, "0", "m"))
        sockets.append(len(flock.client.client_list()) - others)

    async def deliver(outbox: Outbox) -> None:
        left = MANY
        async with aclosing(outbox.deliveries()) as deliveries:  # type: ignore[type-var]
            async for entry, delivery in deliveries:
                await outbox.delivered(entry, delivery)
                left -= 1
                if not left:
                    return

    async def scene() -> None:
        store = AsyncStore.open(redis_url, sockets=SOCKETS)
        try:
            outbox, subscribed = Outbox(store, BOT), asyncio.Event()
            await outbox.open()
            hearing = asyncio.create_task(hear(store, subscribed))
            await subscribed.wait()
            await asyncio.gather(*(one(AsyncGateway(store), outbox, number) for number in range(MANY)))
            for _ in range(MANY):
                flock.serve(host)
            await deliver(outbox)
            await hearing
        finally:
            await store.close()

    asyncio.run(scene())
    assert len(done) == MANY
    assert 2 <= max(sockets) <= SOCKETS
    flock.store.close()
