"""A postman on a strict platform, with the ledger and the people in a test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bots.delivery.postman import Postman
from bots.platform import Platform
from tasks.contracts.errors import AlreadyRunning
from tasks.jobs import moves
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Claim
from tests.emulators.strict import Strict
from tests.tasks.jobs.flock import Flock

BOT = "heron"
WITHIN_S = 20.0
POLL_S = 0.005


class Scene:
    """One process of a bot, and a flock that answers by hand."""

    def __init__(self, flock: Flock, platform: Strict, postman: Postman) -> None:
        self.flock, self.platform, self.postman = flock, platform, postman
        self.running = asyncio.create_task(postman.run())
        self.host = flock.host()

    def ask(self, text: str = "hello", *, chat: str = "c", message: str = "m1", via: str = "", **fields: Any) -> str:
        """A person says something; the bot accepts it."""
        reply_to = {key: value for key, value in {"chat": chat, "message": message, "via": via}.items() if value}
        request = self.flock.request(text, bot=BOT, reply_to=reply_to, **fields)
        accepted = self.flock.store.run(moves.submit(request, self.flock.ways, self.postman.ear))
        self.postman.follow(request, fresh=accepted.fresh)
        return request.job

    def claim(self) -> Claim:
        """A worker begins."""
        return self.flock.take(self.host)

    def say(self, claim: Claim, text: str, offset: int = 0) -> None:
        """A worker streams."""
        assert self.flock.delta(claim, offset, text)

    def answer(self, reply: str = "hi there") -> str:
        """A worker answers the next job, at once; return whose it was."""
        claim = self.claim()
        assert self.flock.finish(claim, reply)
        return claim.job

    async def ended(self, *jobs: str) -> None:
        """Wait until these jobs are over."""
        await until(lambda: all(self.flock.view(job).ended for job in jobs))

    async def stands(self, *texts: str, chat: str = "") -> None:
        """Wait until just these words stand there."""
        await until(lambda: self.platform.texts(chat) == list(texts), lambda: str(self.platform.texts(chat)))


@asynccontextmanager
async def scene(flock: Flock, platform: Strict, *, on: Platform | None = None, **how: Any) -> AsyncIterator[Scene]:
    """Have a process of the bot until the block ends; then it dies, whatever it is at."""
    store = AsyncStore.open(flock.url)
    postman = Postman(store, on or platform, BOT, **how)
    bot = Scene(flock, platform, postman)
    try:
        yield bot
    finally:
        bot.running.cancel()
        with suppress(asyncio.CancelledError, AlreadyRunning):
            await bot.running
        await store.close()


async def until(true: Callable[[], bool], why: Callable[[], str] = lambda: "") -> None:
    """Wait until it is so."""
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + WITHIN_S
    while not true():
        assert loop.time() < ends_s, f"not within {WITHIN_S:g} s: {why()}"
        await asyncio.sleep(POLL_S)


def strict(folder: Path, *args: Any, **how: Any) -> Strict:
    """Return the platform of a test."""
    return Strict(folder / "chat.sqlite", *args, **how)
