"""The webhooks by which personas speak under their own names: one for each channel, made when it is first needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bots.discord.line import Line, path
from tasks.contracts.errors import PlatformRefused

NAME = "Rookery"


@dataclass(frozen=True)
class Hook:
    """One webhook."""

    id: str
    token: str = field(repr=False)
    thread: str = ""
    """The thread of its channel that is meant; empty: the channel itself."""

    def path(self, *more: str) -> str:
        """Return a path below it."""
        return path("webhooks", self.id, self.token, *more)

    @property
    def query(self) -> dict[str, str]:
        """What every request says of the place."""
        return {"thread_id": self.thread} if self.thread else {}


class Webhooks:
    """Webhooks that this application made. After a restart they are found again, so there is never a second one."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._known: dict[str, Hook] = {}
        self._parents: dict[str, str] = {}
        self._making = asyncio.Lock()

    def know_thread(self, thread: str, parent: str) -> None:
        """Remember below which channel a thread is: that one has the webhook."""
        self._parents[thread] = parent

    async def of(self, chat: str) -> Hook:
        """Return the webhook for a channel or a thread.

        Raises:
            PlatformRefused: the bot may not make one there.
        """
        channel = await self._channel(chat)
        async with self._making:
            if channel not in self._known:
                self._known[channel] = await self._find(channel) or await self._make(channel)
        hook = self._known[channel]
        return Hook(hook.id, hook.token, chat if channel != chat else "")

    def forget(self, chat: str) -> None:
        """Look again the next time: somebody deleted it."""
        self._known.pop(self._parents.get(chat, "") or chat, None)

    async def _channel(self, chat: str) -> str:
        if chat not in self._parents:
            about = await self._line.signed("GET", path("channels", chat))
            if "guild_id" not in about:
                raise PlatformRefused("there are no webhooks in direct messages")
            is_thread = "thread_metadata" in about
            self._parents[chat] = str(about["parent_id"]) if is_thread else ""
        return self._parents[chat] or chat

    async def _find(self, channel: str) -> Hook | None:
        for hook in await self._line.signed("GET", path("channels", channel, "webhooks")):
            if hook.get("application_id") == self._line.me and hook.get("token"):
                return Hook(str(hook["id"]), str(hook["token"]))
        return None

    async def _make(self, channel: str) -> Hook:
        made = await self._line.signed("POST", path("channels", channel, "webhooks"), {"name": NAME})
        return Hook(str(made["id"]), str(made["token"]))
