"""A push bot that delivers as the real ones do, on the strict platform. As a process:

`python -m tests.faults.postman_bot CHAT_FILE REDIS_URL NAME KIND`
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bots.delivery import carrier, rounds
from bots.delivery.manners import Manners
from bots.delivery.postman import Postman
from tasks.contracts.errors import StoreFull
from tasks.contracts.messages import JobRequest
from tasks.jobs.crashpoints import reach
from tasks.jobs.store import Store
from tasks.jobs.sweeper import Sweeper
from tests.faults.bot import Bot, persevere
from tests.faults.chat import Chat, Said
from tests.faults.settings import DELIVERY_LEASE_MS
from tests.faults.strict_chat import KINDS, MUTATIONS
from workers.supervision import leash


class PostmanBot(Bot):
    """The bot of the fault tests, with a postman."""

    def __init__(self, chat: Chat, redis_url: str, name: str, kind: str) -> None:
        super().__init__(chat, redis_url, name)
        platform = {**KINDS, **MUTATIONS}[kind].platform(chat.file)
        manners = Manners(buttons=False)
        self.postman = Postman(self.store, platform, name, manners=lambda: manners, lease_ms=DELIVERY_LEASE_MS)

    async def speak(self) -> None:
        """Deliver for ever."""
        await self.postman.run()

    async def submit(self, turns: list[Said]) -> None:
        """Submit what was said in one session, in its order, and follow it."""
        for said in turns:
            request = self.request(said)
            try:
                accepted = await self.gateway.submit(request, ear=self.postman.ear)
            except StoreFull as exc:
                self.refuse(said, exc)
                continue
            self.postman.follow(request, fresh=accepted.fresh)
            reach("submitted")
            self.chat.note_seen(said.message, hosted=accepted.hosted)

    def request(self, said: Said) -> JobRequest:
        """Return the job that a message is, and where it is answered."""
        place = {"chat": said.session, "message": str(said.message), "topic": str(said.message)}
        return super().request(said).model_copy(update={"reply_to": place})


async def main(file: str, redis_url: str, name: str, kind: str) -> None:
    """Run a bot as a process of its own."""
    bot = PostmanBot(Chat(Path(file)), redis_url, name, kind)
    task = asyncio.gather(persevere(bot.listen), bot.speak())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    Sweeper(Store.open(redis_url)).start()
    with suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    leash.watch()
    carrier.BACKOFF_S, rounds.STORE_AGAIN_S = 0.05, 0.05
    asyncio.run(main(*sys.argv[1:]))
