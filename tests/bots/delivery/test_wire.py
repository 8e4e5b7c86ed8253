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
JOBS = [f"job-{number}" for number in range(MANY)]


async def hear_all(store: AsyncStore, subscribed: asyncio.Event) -> None:
    waits = set(JOBS)
    async with aclosing(wire(store, BOT)) as heard:  # type: ignore[type-var]
        async for job, told in heard:
            if (job, told) == SUBSCRIBED:
                subscribed.set()
            elif '"delivered"' in told:
                waits.discard(job)
            if not waits:
                return


async def ask(gateway: AsyncGateway, outbox: Outbox, job: str) -> None:
    request = JobRequest(job=job, model="demo", session=job, user="ada", text="hello", bot=BOT)
    await gateway.submit(request, ear=ear_of(BOT))
    await gateway.store.run(placing.placed(job, BOT, outbox.generation, "0", "m"))


async def deliver_all(outbox: Outbox) -> None:
    waits = set(JOBS)
    async with aclosing(outbox.deliveries()) as deliveries:  # type: ignore[type-var]
        async for entry, delivery in deliveries:
            await outbox.delivered(entry, delivery)
            waits.discard(delivery.job)
            if not waits:
                return


def test_a_hundred_jobs_at_once_go_their_way_over_a_few_connections(redis_url: str) -> None:
    flock = Flock(redis_url)
    host, others = flock.host(slots=MANY), len(flock.client.client_list())
    sockets = 0

    async def scene() -> None:
        nonlocal sockets
        store = AsyncStore.open(redis_url, sockets=SOCKETS)
        outbox, gateway, subscribed = Outbox(store, BOT), AsyncGateway(store), asyncio.Event()
        try:
            await outbox.open()
            hearing = asyncio.create_task(hear_all(store, subscribed))
            await subscribed.wait()
            await asyncio.gather(*(ask(gateway, outbox, job) for job in JOBS))
            for _ in JOBS:
                flock.serve(host)
            await deliver_all(outbox)
            await hearing
            sockets = len(flock.client.client_list()) - others  # none is closed before the store is
        finally:
            await store.close()

    asyncio.run(scene())
    assert 2 <= sockets <= SOCKETS
    assert {flock.state(job) for job in JOBS} == {"delivered"}
    flock.store.close()
