"""Reads a feed for ever: often while something happens there, rarely while nothing does, and everything once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from bots.delivery.carrier import backoff_s
from bots.feed import cursor as reading
from bots.feed import pace
from bots.feed.client import Client
from bots.feed.comments import Comment, is_ours
from bots.feed.cursor import Cursor
from tasks.contracts.errors import PlatformBusy, RetryableError
from tasks.contracts.platforms import Feed

MS = 1000
Sleep = Callable[[float], Awaitable[None]]
Take = Callable[[Comment], Awaitable[None]]
logger = logging.getLogger(__name__)


class Marks(Protocol):
    """Where the cursor is kept."""

    async def load(self) -> Mapping[str, str]:
        """Return what was kept. Raises RetryableError."""

    async def keep(self, values: Mapping[str, str]) -> None:
        """Keep this. Raises RetryableError."""


class Polling:
    """The loop. `take` returns once a comment cannot be lost any more, and raises RetryableError where it may be."""

    def __init__(
        self,
        client: Client,
        marks: Marks,
        take: Take,
        settings: Callable[[], Feed],
        *,
        sleep: Sleep = asyncio.sleep,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._marks, self._take, self._settings = client, marks, take, settings
        self._sleep, self._now_s = sleep, now_s
        self._cursor: Cursor | None = None
        self._failures = 0

    async def run(self) -> None:
        """Read for ever. Raises PlatformRefused where the server will have nothing to do with us."""
        wait_s = 0.0
        while True:
            wait_s = await self._look(wait_s)
            await self._sleep(wait_s)

    async def _look(self, waited_s: float) -> float:
        """Look once, and return how long to wait before the next time."""
        feed = self._settings()
        try:
            found = await self._read(feed.batch)
        except PlatformBusy as exc:
            return max(exc.retry_after_s, feed.poll_min_s)
        except RetryableError as exc:
            self._failures += 1
            logger.warning("the feed cannot be read", extra={"error": str(exc), "failures": self._failures})
            return max(backoff_s(self._failures), feed.poll_min_s)
        self._failures = 0
        return pace.next_s(waited_s, found=found > 0, floor_s=feed.poll_min_s, cap_s=feed.poll_max_s)

    async def _read(self, batch: int) -> int:
        """Take in what is new, and return how much that was."""
        cursor = await self._begun(batch)
        unread = cursor.unread(await self._client.messages_since(cursor.since_ms, batch))
        for comment in unread:
            if not is_ours(comment):
                await self._take(comment)
            # Before it is kept: should Redis be away for a moment, it is not taken in again.
            self._cursor = self._cursor_after(comment)
            await self._marks.keep(self._cursor.as_bookmarks())
        return sum(not is_ours(comment) for comment in unread)

    async def _begun(self, batch: int) -> Cursor:
        """Return the cursor: the one in memory, the one that was kept, or one behind all that is there today."""
        if self._cursor is None:
            self._cursor = reading.read(await self._marks.load())
        if self._cursor is None:
            # What was said before the bot was first there is nobody's to answer any more.
            there = await self._client.fetch_messages(batch)
            self._cursor = Cursor().after(there, self._now_ms())
            await self._marks.keep(self._cursor.as_bookmarks())
        return self._cursor

    def _cursor_after(self, comment: Comment) -> Cursor:
        return (self._cursor or Cursor()).after([comment], self._now_ms())

    def _now_ms(self) -> int:
        return int(self._now_s() * MS)
