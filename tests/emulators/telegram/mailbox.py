"""Updates on their way to the bot: kept until they are confirmed, handed out by long polls or to a webhook."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.emulators.telegram.world import Quirks

UNASKED = ("message_reaction", "message_reaction_count", "chat_member")  # come only to who names them
LIMIT = 100
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Conflict(Exception):
    """Somebody else asks for the same updates."""


@dataclass
class Hook:
    """Where updates are pushed to."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    error: str = ""
    error_at: int = 0
    tries: list[tuple[int, int]] = field(default_factory=list)
    """Which update was pushed, and what came back; 0: nothing."""


class Mailbox:
    """One bot's updates."""

    def __init__(self, quirks: Quirks, hosts: dict[str, str]) -> None:
        self.quirks, self.hosts = quirks, hosts
        self.pending: list[dict[str, Any]] = []
        self.allowed: list[str] = []
        self.hook = Hook()
        self._ids = itertools.count(500_000)
        self._twice: list[dict[str, Any]] = []
        self._came = asyncio.Condition()
        self._poll = 0
        self.offsets: list[int] = []
        """Of each poll; 0: none was given."""

    async def put(self, kind: str, what: dict[str, Any]) -> int:
        """Have the bot told something, unless it does not want to know; returns the update's number or 0."""
        wanted = kind in self.allowed if self.allowed else kind not in UNASKED
        if not wanted:
            return 0
        return await self.put_raw({kind: what})

    async def put_raw(self, update: dict[str, Any]) -> int:
        """Have the bot told this, whatever it is."""
        number = next(self._ids)
        self.pending.append({"update_id": number, **update})
        await self.stir()
        return number

    async def stir(self) -> None:
        """Have whoever waits look again."""
        async with self._came:
            self._came.notify_all()

    def renumber(self, first: int) -> None:
        """After a week without updates Telegram goes on from a number of its choice, a lower one perhaps."""
        self._ids = itertools.count(first)

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[dict[str, Any]]:
        """Return updates from `offset` on, and forget those before. Raises Conflict when another poll comes."""
        self._poll += 1
        mine = self._poll
        await self.stir()
        self.offsets.append(offset)
        self._confirm(offset)
        ends = time.monotonic() + min(timeout_s, self.quirks.longest_poll_s)
        async with self._came:
            while not self.pending and (left := ends - time.monotonic()) > 0:
                try:
                    await asyncio.wait_for(self._came.wait(), left)
                except TimeoutError:
                    break
                if mine != self._poll:
                    raise Conflict
        batch = self.pending[: min(limit or LIMIT, LIMIT)]
        return batch[::-1] if self.quirks.backwards else batch

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset:
            done = [update for update in self.pending if update["update_id"] < offset]
            self.pending = [update for update in self.pending if update["update_id"] >= offset]
            if self.quirks.duplicates:
                again = [update for update in done if update not in self._twice]
                self._twice += again
                self.pending = again + self.pending

    async def push_for_ever(self) -> None:
        """Push updates to the webhook, each until it is taken."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            while True:
                async with self._came:
                    while not (self.hook.url and self.pending):
                        await self._came.wait()
                await self._push(http, self.pending[-1 if self.quirks.backwards else 0])

    async def _push(self, http: aiohttp.ClientSession, update: dict[str, Any]) -> None:
        hook, status = self.hook, 0
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        try:
            async with http.post(self._reached(hook.url), json=update, headers=headers) as answer:
                status = answer.status
                hook.error = "" if answer.ok else f"Wrong response from the webhook: {status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as exc:
            hook.error = f"Connection failed: {type(exc).__name__}"
        hook.tries.append((update["update_id"], status))
        if hook.error:
            hook.error_at = int(time.time())
            await asyncio.sleep(self.quirks.webhook_retry_s)
        elif self.quirks.duplicates and update not in self._twice:
            self._twice.append(update)
        elif update in self.pending:
            self.pending.remove(update)

    def _reached(self, url: str) -> str:
        """Return where a public address leads to: the reverse proxy that a test stands for."""
        for public, local in self.hosts.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url
