"""Asks Telegram for updates, and says that it has them only once each is taken in.

Telegram keeps the bookmark: a poll confirms what came before its offset. None of our own is kept, since after a quiet
week Telegram numbers on from anywhere, and an offset that is too high would make it forget what nobody has read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bots.delivery.carrier import backoff_s
from bots.telegram.api import Api, TokenRefused
from bots.telegram.reading import WANTED, chat_of
from tasks.contracts.errors import AlreadyRunning, ConfigurationError, PlatformBusy, PlatformUnavailable
from tasks.jobs.ending import put_down

POLL_S = 25  # Telegram answers an empty poll after this
ANSWER_S = 15.0  # and this much later it is taken for lost
CONFLICTS = 3  # in a row, before a new process gives way to whoever else asks
SETTLED_S = 60.0  # a process that has been heard for so long stays, and says what is wrong
CONFLICT_PAUSE_S = 1.0
SLOW_S = 1.0  # what takes longer than this to take in holds up nobody in other chats
SETTLED_PAUSE_S = 10.0
TAKEN_AT_ONCE = 8  # after a while away a batch is a hundred: all of them at once would keep each other from the ledger
Update = Mapping[str, Any]
Take = Callable[[Update], Awaitable[None]]
logger = logging.getLogger(__name__)


class Polling:
    """The loop. `take` returns once what an update says cannot be lost any more.

    `waits` is told of an update as long as it waits behind others, about once a second.
    """

    def __init__(self, api: Api, take: Take, waits: Callable[[Update], None] = lambda _update: None) -> None:
        self._api, self._take, self._waits = api, take, waits
        self._known: dict[int, bool] = {}  # what is not confirmed, and whether it is taken in
        self._lanes: dict[str, asyncio.Task[None]] = {}  # the last one of each chat
        self._tasks: dict[asyncio.Task[None], Update] = {}
        self._behind: dict[int, Update] = {}
        self._turns = asyncio.Semaphore(TAKEN_AT_ONCE)
        self._offset: int | None = None
        self._conflicts = self._failures = 0
        self._since_s = time.monotonic()

    async def run(self) -> None:
        """Ask for ever.

        Raises:
            AlreadyRunning: another process asks for the same updates.
            ConfigurationError: Telegram does not know the token.
        """
        try:
            while True:
                pause_s = await self._poll()
                if pause_s:
                    await asyncio.sleep(pause_s)
        finally:
            await self._let_go()

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
        self._begin(updates)
        await self._settle()
        left = [number for number, is_taken in self._known.items() if not is_taken]
        if left:  # what is behind the first of them would be confirmed with it
            self._offset = min(left)
            return 0.0
        # What was confirmed by this very call needs no offset any more.
        self._offset = max(self._known) + 1 if self._known else None
        self._known.clear()
        return 0.0

    def _begin(self, updates: Sequence[Update]) -> None:
        """Take in what is new: what is of one chat one after the other, in its order, and chats beside each other."""
        for update in sorted(updates, key=_number):
            if _number(update) not in self._known:
                self._known[_number(update)] = False
                chat = chat_of(update)
                task = asyncio.create_task(self._in_turn(self._lanes.get(chat), update))
                self._lanes[chat] = task
                self._tasks[task] = update

    async def _in_turn(self, before: asyncio.Task[None] | None, update: Update) -> None:
        self._behind[_number(update)] = update
        if before is not None:
            await asyncio.wait({before})
        async with self._turns:
            self._behind.pop(_number(update), None)
            await self._take(update)
        self._known[_number(update)] = True

    async def _settle(self) -> None:
        """Wait until all of it is taken in, yet not for long: what others say meanwhile is to be heard, too."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SLOW_S, return_when=asyncio.FIRST_EXCEPTION)
        for task in [task for task in self._tasks if task.done()]:
            chat = chat_of(self._tasks.pop(task))
            if self._lanes.get(chat) is task:
                del self._lanes[chat]
            task.result()
        for update in self._behind.values():
            self._waits(update)

    async def _let_go(self) -> None:
        """End what is under way: it is not confirmed, so the next process gets it."""
        await put_down(self._tasks)

    async def _ask(self) -> list[Update]:
        answer = await self._api.call(
            "getUpdates",
            wait_s=POLL_S + ANSWER_S,
            offset=self._offset,
            timeout=0 if self._known else POLL_S,
            allowed_updates=list(WANTED),
        )
        return [update for update in answer if isinstance(update, dict) and isinstance(update.get("update_id"), int)]

    def _conflict(self, exc: AlreadyRunning) -> float:
        self._conflicts += 1
        settled = time.monotonic() - self._since_s > SETTLED_S
        if self._conflicts >= CONFLICTS and not settled:
            raise exc
        logger.error("somebody else fetches this bot's messages", extra={"next_step": exc.next_step})
        return SETTLED_PAUSE_S if settled else CONFLICT_PAUSE_S


def _number(update: Update) -> int:
    return int(update["update_id"])
