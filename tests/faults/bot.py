"""A push bot on the fake chat: submits what people say, posts what comes back. As a process:

`python -m tests.faults.bot CHAT_FILE REDIS_URL NAME`
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import signal
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from tasks.contracts.errors import RookeryError, StoreFull, StoreUnavailable
from tasks.contracts.messages import JobRequest, Sampling
from tasks.jobs.crashpoints import reach
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.outbox import Outbox
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import Delivery, Ways
from tests.faults.chat import Chat, Said
from tests.faults.judging import REFUSED
from tests.faults.settings import DELIVERY_LEASE_MS, LEASE_MS, MODEL, UNHOSTED_LIFE_S
from workers.supervision import leash

LOOK_S = 0.02
AGAIN_S = 0.1
LAG_S = 0.1
NONCE_CHARS = 25
MAX_TOKENS = 300  # a moment of the tiny model, and a minute where its threads wait for a busy machine


class Bot:
    """One bot. It ends when it is cancelled."""

    def __init__(self, chat: Chat, redis_url: str, name: str, model: str = MODEL) -> None:
        self.chat, self.name, self.model = chat, name, model
        self.store = AsyncStore.open(redis_url)
        self.gateway = AsyncGateway(self.store, Ways(lease_ms=LEASE_MS))
        self.outbox = Outbox(self.store, name, DELIVERY_LEASE_MS)

    async def run(self) -> None:
        """Listen and post for ever."""
        await asyncio.gather(persevere(self.listen), persevere(self.speak), self.feel())

    async def listen(self) -> None:
        """Submit what people say; what is not known to be accepted is submitted again, as the same job."""
        while True:
            sessions: dict[str, list[Said]] = defaultdict(list)
            for said in self.chat.unseen():
                sessions[said.session].append(said)
            async with asyncio.TaskGroup() as group:  # people do not wait for each other
                for turns in sessions.values():
                    group.create_task(self.submit(turns))
            await asyncio.sleep(LOOK_S)

    async def submit(self, turns: list[Said]) -> None:
        """Submit what was said in one session, in its order."""
        for said in turns:
            try:
                accepted = await self.gateway.submit(self.request(said))
            except StoreFull as exc:
                self.refuse(said, exc)
            else:
                reach("submitted")
                self.chat.note_seen(said.message, hosted=accepted.hosted)

    def refuse(self, said: Said, why: RookeryError) -> None:
        """Say at once that a message was not accepted."""
        job = self.chat.job(said.message)
        self.chat.post(nonce_of(job, REFUSED), job, REFUSED, why.notice)
        self.chat.note_seen(said.message, hosted=None)

    async def speak(self) -> None:
        """Post outcomes, several at a time: on a long way to Redis each one takes a while."""
        await self.outbox.open()
        async with asyncio.TaskGroup() as group:
            async for entry, delivery in self.outbox.deliveries():
                group.create_task(self.deliver(entry, delivery))

    async def deliver(self, entry: str, delivery: Delivery) -> None:
        """Post one outcome and say so; if Redis is away it will be handed out again."""
        reach("delivery.begun")
        with suppress(StoreUnavailable, StoreFull):
            await self.post(delivery)
            await self.outbox.delivered(entry, delivery)

    async def feel(self) -> None:
        """Note when something kept this whole process from going on: a bot that blocks misses its gateway's beats."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            if (lag_s := loop.time() - due_s) > LAG_S:
                self.chat.note_lag(int(lag_s * 1000))

    async def post(self, delivery: Delivery) -> None:
        """Post one outcome, in one piece."""
        if "0" in delivery.sent:
            return
        view = delivery.view
        kind = view.outcome.value if view.outcome else "?"
        arrived = self.chat.post(nonce_of(view.job, kind), view.job, kind, view.text)
        reach("delivery.sent")
        await self.outbox.sent(delivery, "0", arrived)
        reach("delivery.recorded")

    def request(self, said: Said) -> JobRequest:
        """Return the job that a message is."""
        return JobRequest(
            job=self.chat.job(said.message),
            model=self.model,
            session=said.session,
            user=said.user,
            text=said.text,
            bot=self.name,
            deadline_s=said.deadline_s,
            unhosted_life_s=UNHOSTED_LIFE_S,
            sampling=Sampling(max_tokens=MAX_TOKENS, temperature=0.0),
        )


def nonce_of(job: str, kind: str) -> str:
    """Return the nonce of a job's first and only chunk; a notice has its own."""
    digest = hashlib.sha256(f"{job}\x1f{kind}\x1f0".encode()).digest()
    return base64.b32encode(digest).decode()[:NONCE_CHARS]


async def persevere(work: Callable[[], Awaitable[None]]) -> None:
    """Begin anew whenever Redis was away, or had no room."""
    while True:
        try:
            await work()
        except* (StoreUnavailable, StoreFull):
            pass
        await asyncio.sleep(AGAIN_S)


async def main(file: str, redis_url: str, name: str) -> None:
    """Run a bot as a process of its own."""
    task = asyncio.ensure_future(Bot(Chat(Path(file)), redis_url, name).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    Sweeper(Store.open(redis_url)).start()
    with suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    leash.watch()
    asyncio.run(main(*sys.argv[1:]))
