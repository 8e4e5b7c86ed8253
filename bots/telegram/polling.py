"""Asks Telegram for updates, and says that it has them only once each is taken in.

Telegram keeps the bookmark: a poll confirms what came before its offset. None of our own is kept, since after a quiet
week Telegram numbers on from anywhere, and an offset that is too high would make it forget what nobody has read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bots.delivery.carrier import backoff_s
from bots.telegram.api import Api, TokenRefused
from bots.telegram.reading import WANTED, chat_of
from tasks.contracts.errors import AlreadyRunning, ConfigurationError, PlatformBusy, PlatformUnavailable

POLL_S = 25  # Telegram answers an empty poll after this
ANSWER_S = 15.0  # and this much later it is taken for lost
CONFLICTS = 3  # in a row, before a new process gives way to whoever else asks
SETTLED_S = 60.0  # a process that has been heard for so long stays, and says what is wrong
CONFLICT_PAUSE_S = 1.0
SETTLED_PAUSE_S = 10.0
TAKEN_AT_ONCE = 8  # after a while away a batch is a hundred: all of them at once would keep each other from the ledger
Update = Mapping[str, Any]
Take = Callable[[Update], Awaitable[None]]
logger = logging.getLogger(__name__)


class Polling:
    """The loop. `take` returns once what an update says cannot be lost any more."""

    def __init__(self, api: Api, take: Take) -> None:
        self._api, self._take = api, take
        self._offset: int | None = None
        self._conflicts = self._failures = 0
        self._since_s = time.monotonic()

    async def run(self) -> None:
        """Ask for ever.

        Raises:
            AlreadyRunning: another process asks for the same updates.
            ConfigurationError: Telegram does not know the token.
        """
        while True:
            pause_s = await self._poll()
            if pause_s:
                await asyncio.sleep(pause_s)

    async def _poll(self) -> float:
        """Ask once, and return how long to wait before the next time."""
        try:
            updates = await self._ask()
        except TokenRefused as exc:
            raise ConfigurationError(exc.message, next_step=exc.next_step) from exc
        except AlreadyRunning as exc:
            return self._conflict(exc)
        except PlatformBusy as exc:
            return exc.retry_after_s
        except PlatformUnavailable as exc:
            self._failures += 1
            logger.warning("telegram did not answer", extra={"error": str(exc), "failures": self._failures})
            return backoff_s(self._failures)
        self._conflicts = self._failures = 0
        await take_all(updates, self._take)
        # What was confirmed by this very call needs no offset any more.
        self._offset = max(int(update["update_id"]) for update in updates) + 1 if updates else None
        return 0.0

    async def _ask(self) -> list[Update]:
        answer = await self._api.call(
            "getUpdates", wait_s=POLL_S + ANSWER_S, offset=self._offset, timeout=POLL_S, allowed_updates=list(WANTED)
        )
        return [update for update in answer if isinstance(update, dict) and isinstance(update.get("update_id"), int)]

    def _conflict(self, exc: AlreadyRunning) -> float:
        self._conflicts += 1
        settled = time.monotonic() - self._since_s > SETTLED_S
        if self._conflicts >= CONFLICTS and not settled:
            raise exc
        logger.error("somebody else fetches this bot's messages", extra={"next_step": exc.next_step})
        return SETTLED_PAUSE_S if settled else CONFLICT_PAUSE_S


async def take_all(updates: Sequence[Update], take: Take) -> None:
    """Take in a batch: those of one chat one after the other, in their order, and some chats beside each other."""
    chats: dict[str, list[Update]] = defaultdict(list)
    for update in sorted(updates, key=lambda each: int(each["update_id"])):
        chats[chat_of(update)].append(update)

    turns = asyncio.Semaphore(TAKEN_AT_ONCE)

    async def in_order(lane: list[Update]) -> None:
        for update in lane:
            async with turns:
                await take(update)

    async with asyncio.TaskGroup() as group:
        for lane in chats.values():
            group.create_task(in_order(lane))
