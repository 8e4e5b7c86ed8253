"""What was said while the bot was not there: after a new session Discord replays nothing, so the history is read.

A bookmark for each channel says how far the bot has come; a message is behind it once it is a job, or needs none.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator

import discord

from bots.discord.failures import translated
from bots.discord.platform import snowflake
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable, RookeryError
from tasks.contracts.platforms import Discord
from tasks.jobs import bookmarks
from tasks.jobs.store import AsyncStore

logger = logging.getLogger(__name__)
CHANNEL, DIRECT, SINCE = "channel:", "direct:", "since"
MS = 1000
AT_ONCE = 4  # channels that are read at the same time
MINUTE_MS = 60_000
TRIES, AGAIN_S = 3, 5.0  # to read a history: the others wait meanwhile
READ_S = 60.0  # for one try, with its waits for rate limits
Spoken = discord.TextChannel | discord.VoiceChannel | discord.Thread
Take = Callable[[discord.Message], Awaitable[None]]


class Marks:
    """How far the bot has come in each channel. What is known here is at least as new as what is in Redis."""

    def __init__(self, store: AsyncStore, bot: str) -> None:
        self._store, self._bot = store, bot
        self.known: dict[str, int] = {}

    async def load(self) -> None:
        """Read what an earlier process left; the first one leaves when it came. Raises StoreUnavailable."""
        found = await self._store.run(bookmarks.get_many(self._bot))
        if SINCE not in found:
            found[SINCE] = snowflake(int(time.time() * MS))
            await self._store.run(bookmarks.put(self._bot, SINCE, found[SINCE]))
        for name, value in found.items():
            if name.startswith((CHANNEL, DIRECT, SINCE)) and value.isdigit():
                self.known[name] = max(int(value), self.known.get(name, 0))

    async def passed(self, message: discord.Message) -> None:
        """Say that a message was taken. Raises StoreUnavailable."""
        name = name_of(message)
        await self._store.run(bookmarks.put(self._bot, name, message.id))
        self.known[name] = max(message.id, self.known.get(name, 0))

    async def gone(self, name: str) -> None:
        """Forget a channel that is no more. Raises StoreUnavailable."""
        self.known.pop(name, None)
        await self._store.run(bookmarks.forget(self._bot, name))


async def catch_up(client: discord.Client, marks: Marks, settings: Discord, take: Take) -> int:
    """Take what was said since the bookmarks, each channel in its order; returns how many messages that were."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def read(name: str, after: int) -> int:
        async with at_once:
            return await _read(client, marks, name, after, settings.backfill_messages, take)

    since = int(snowflake(int(time.time() * MS - settings.backfill_minutes * MINUTE_MS)))
    wanted = gaps(client, marks.known, since) if settings.backfill_messages else ()
    return sum(await asyncio.gather(*[read(name, after) for name, after in wanted]))


def gaps(client: discord.Client, known: dict[str, int], since: int) -> Iterator[tuple[str, int]]:
    """Yield the channels in which something may have been said since, and after which message.

    Where nothing was ever behind the bot, all was missed that came since its first process did.
    """
    began = known.get(SINCE, 0)
    for guild in client.guilds:
        channels: list[Spoken] = [*guild.text_channels, *guild.voice_channels, *guild.threads]
        for channel in channels:
            name = f"{CHANNEL}{channel.id}"
            after = known.get(name, began)
            if after and channel.last_message_id and channel.last_message_id > max(after, since):
                yield name, max(after, since)
    for name, after in known.items():
        if name.startswith(DIRECT):
            yield name, max(after, since)


async def _read(client: discord.Client, marks: Marks, name: str, after: int, most: int, take: Take) -> int:
    found = await _surely(client, name, after, most)
    if found is None:
        await marks.gone(name)
        return 0
    taken = 0
    for message in reversed(found):
        try:
            await take(message)
        except RookeryError as exc:
            logger.warning("message not taken", extra={"bot_message": message.id, "error": str(exc)})
            break
        taken += 1
    return taken


async def _surely(client: discord.Client, name: str, after: int, most: int) -> list[discord.Message] | None:
    """Return what was said, the latest first, after some tries where Discord does not answer; None: it is gone."""
    for tries_left in reversed(range(TRIES)):
        try:
            return await _history(client, name, after, most)
        except PlatformRefused as exc:
            logger.warning("history not read", extra={"channel": name, "error": str(exc)})
            return []
        except PlatformUnavailable as exc:
            logger.warning("history not read yet", extra={"channel": name, "error": str(exc)})
            if tries_left:
                await asyncio.sleep(max(AGAIN_S, exc.retry_after_s if isinstance(exc, PlatformBusy) else 0.0))
    return []


async def _history(client: discord.Client, name: str, after: int, most: int) -> list[discord.Message] | None:
    key = int(name.partition(":")[2])
    channel = client.get_channel(key) or client.get_partial_messageable(key)
    assert isinstance(channel, discord.abc.Messageable)
    async with translated(READ_S):
        try:
            # The latest ones: what is read from the other end may be older than anybody remembers.
            return [one async for one in channel.history(after=discord.Object(after), limit=most, oldest_first=False)]
        except discord.NotFound:
            return None


def name_of(message: discord.Message) -> str:
    """Return the name of a channel's bookmark."""
    return f"{DIRECT if message.guild is None else CHANNEL}{message.channel.id}"
