"""What discord.py hears, passed on in the order in which it was said in each channel."""

from __future__ import annotations

import asyncio
import logging
import time
from weakref import WeakValueDictionary

import aiohttp
import discord

from bots.delivery import origins
from bots.discord import hearing, slash
from bots.discord.catching_up import Marks, catch_up
from bots.discord.chain import chain_of
from bots.discord.failures import translated
from bots.discord.hearing import MS, heard_of
from bots.discord.interactions import Interactions
from bots.discord.line import SOCKETS, path
from bots.discord.platform import DiscordPlatform
from bots.discord.waiting import Waiting
from bots.platform import Heard, Outgoing
from bots.reception.bounded import Bounded
from bots.reception.limits import user_of
from bots.reception.values import Accepted, Told
from bots.runner import House
from tasks.contracts.errors import PlatformRefused, PlatformUnavailable, RetryableError
from tasks.jobs import feedback
from tasks.jobs.crashpoints import reach
from tasks.jobs.feedback import Opinion

logger = logging.getLogger(__name__)
OPINIONS = {"👍": Opinion.UP, "👎": Opinion.DOWN}
SKIN = dict.fromkeys(range(0x1F3FB, 0x1F400))
AGAIN_S, PATIENCE_S = 1.0, 120.0
READY_S = 2.0  # without a new guild: then all of them are there
LONGEST_WAIT_S = 30.0  # of one request for a rate limit
ROLES_S = 5.0  # to ask for the roles of somebody; whoever has none is let in where nobody needs any
MINUTE_MS = 60_000
MOST_TAKEN = 2_000  # messages that are known again should they come twice


def intents() -> discord.Intents:
    """Return the least that a bot needs to hear what is said to it; what people write is the privileged one."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.dm_reactions = True
    wanted.message_content = True
    return wanted


class Client(discord.Client):
    """discord.py's client with ears, and without a memory: what it heard is kept in the ledger."""

    def __init__(self, bot: str, platform: DiscordPlatform, house: House) -> None:
        super().__init__(
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=LONGEST_WAIT_S,
            guild_ready_timeout=READY_S,
            connector=aiohttp.TCPConnector(limit=SOCKETS),
        )
        self.bot, self.platform, self.house = bot, platform, house
        self.marks = Marks(house.store, bot)
        self.interactions = Interactions(bot, platform.line, house)
        self.caught_up = asyncio.Event()
        """Whether nothing is left of what was said before it came."""
        self._taken: Bounded[int, bool] = Bounded(MOST_TAKEN)
        self._waiting = Waiting(self._excuse)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def setup_hook(self) -> None:
        """Come back to what an earlier process left, once logged in."""
        self.platform.line.over(self)
        await self.marks.load()
        await self.interactions.load()
        try:
            where = path("applications", self.platform.line.me, "commands")
            await self.platform.line.signed("PUT", where, slash.commands())
        except (PlatformRefused, PlatformUnavailable) as exc:
            logger.warning("slash commands not uploaded", extra={"error": str(exc)})

    async def on_connect(self) -> None:
        """Have what comes in a new session wait behind what was missed before it."""
        self.caught_up.clear()

    async def on_ready(self) -> None:
        """Close the gap, however long Redis is away meanwhile: nothing could be taken in without it."""
        try:
            while not await self._close_gap():
                self._waiting.stop()
                await asyncio.sleep(AGAIN_S)
        finally:
            self._waiting.go_on()
            self.caught_up.set()
            self.interactions.gone_on.set()

    async def _close_gap(self) -> bool:
        try:
            await self.interactions.go_on()
            missed = await catch_up(self, self.marks, self.house.settings().fleet.discord, self._take)
        except RetryableError as exc:
            logger.warning("not caught up yet", extra={"error": str(exc)})
            return False
        logger.info("connected", extra={"guilds": len(self.guilds), "missed": missed})
        return True

    async def on_message(self, message: discord.Message) -> None:
        """Take what was said."""
        self._waiting.begin(message)
        try:
            await self.caught_up.wait()
            await self._take(message)
        finally:
            self._waiting.end(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Take other words for what was said. That a link is shown is an update too, and nobody edited anything."""
        message = event.message
        if message.edited_at is None or not self._concerns(message) or self._is_old(message):
            return
        await self.caught_up.wait()
        async with self._turns.setdefault(message.channel.id, asyncio.Lock()):
            await self._hear(message, edited=True)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take a command or a button."""
        await self.interactions.take(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Take an opinion."""
        async with self._turns.setdefault(event.message_id, asyncio.Lock()):
            await self._opinion(event, undone=False)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take it back."""
        async with self._turns.setdefault(event.message_id, asyncio.Lock()):
            await self._opinion(event, undone=True)

    async def _take(self, message: discord.Message) -> None:
        """Take one message, once. While Redis is away it waits, and what comes behind it in the channel with it."""
        async with self._turns.setdefault(message.channel.id, asyncio.Lock()):
            if message.id in self._taken:  # at the end of a gap the same comes from the history and by itself
                return
            self._taken.put(message.id, True)
            self._waiting.end(message)
            give_up_s = time.monotonic() + PATIENCE_S
            try:
                while not await self._is_taken(message) and time.monotonic() < give_up_s:
                    self._waiting.stop(message.channel.id)
                    await asyncio.sleep(AGAIN_S)
            finally:
                self._waiting.go_on(message.channel.id)

    async def _is_taken(self, message: discord.Message) -> bool:
        try:
            if self._concerns(message) and not await self._hear(message):
                return False
            await self.marks.passed(message)
        except RetryableError as exc:
            logger.warning("message not taken yet", extra={"bot_message": message.id, "error": str(exc)})
            return False
        return True

    async def _hear(self, message: discord.Message, *, edited: bool = False) -> bool:
        """Have the reception hear a message; False: it was not taken in, and is to be heard again."""
        heard = await self._heard(message, edited=edited)
        verdict = await self.house.desk.hear(heard)
        if isinstance(verdict, Accepted):
            reach("submitted")
            return True
        if isinstance(verdict, Told):
            await self._tell(heard, verdict)
        return not verdict.again

    async def _heard(self, message: discord.Message, *, edited: bool) -> Heard:
        me, table = self._me(), self.house.settings().fleet.discord
        called = hearing.is_called(message, me)
        if isinstance(message.channel, discord.Thread):
            self.platform.webhooks.know_thread(str(message.channel.id), str(message.channel.parent_id))
        heard = heard_of(
            message,
            bot=self.bot,
            me=me,
            roles=await self._roles(message) if called or table.roles or table.blocked else None,
            webhook=table.webhooks and self._may_have_webhooks(message),
            edited=edited,
        )
        addressed = heard.direct or heard.mentioned or heard.replied_to_us
        if not (addressed and heard.replied_to and self.house.desk.admits(heard)):
            return heard
        return hearing.with_chain(heard, await chain_of(message, me))

    async def _excuse(self, message: discord.Message) -> None:
        """Say of a message that has to wait that it does, where the reception finds that worth a word."""
        if self._concerns(message):
            heard = heard_of(message, bot=self.bot, me=self._me())
            verdict = self.house.desk.excuse(heard)
            if isinstance(verdict, Told):
                await self._tell(heard, verdict)

    async def _tell(self, heard: Heard, told: Told) -> None:
        """Say a word that is no job, once."""
        if self.house.manners().dry_run:
            return
        place, nonce = hearing.plainly(heard.place), hearing.told_nonce(heard, waits=told.again)
        try:
            await self.platform.post(place, Outgoing(told.text, nonce=nonce, final=True))
        except (PlatformRefused, PlatformUnavailable) as exc:
            logger.warning("word not said", extra={"bot_message": heard.message, "error": str(exc)})

    async def _opinion(self, event: discord.RawReactionActionEvent, *, undone: bool) -> None:
        opinion = OPINIONS.get((event.emoji.name or "").translate(SKIN))
        if opinion is None or event.user_id == self._me():
            return
        job = await self.house.store.run(origins.job_of(self.bot, str(event.message_id)))
        if not job:
            return
        guild = self.get_guild(event.guild_id) if event.guild_id else None
        channel = guild.get_channel_or_thread(event.channel_id) if guild else None
        heard = hearing.reaction_of(
            event,
            self.bot,
            parent=str(channel.parent_id) if isinstance(channel, discord.Thread) else "",
            roles=await self._asked_roles(guild, event.user_id) if guild and event.member is None else None,
        )
        if not self.house.desk.admits(heard):
            return
        await self.house.store.run(feedback.of_job(job, user_of(heard), opinion, undone=undone))

    def _concerns(self, message: discord.Message) -> bool:
        return hearing.is_spoken(message) and not hearing.is_ours(message, self._me())

    def _is_old(self, message: discord.Message) -> bool:
        table = self.house.settings().fleet.discord
        return hearing.at_ms(message) < time.time() * MS - table.backfill_minutes * MINUTE_MS

    async def _roles(self, message: discord.Message) -> frozenset[str] | None:
        """Return the author's roles, which what comes from the history does not bring along; None: it did."""
        if message.guild is None or message.webhook_id or isinstance(message.author, discord.Member):
            return None
        return await self._asked_roles(message.guild, message.author.id)

    async def _asked_roles(self, guild: discord.Guild, user: int) -> frozenset[str]:
        """Return somebody's roles, as Discord says them now; none where it does not."""
        try:
            async with translated(ROLES_S):
                return hearing.roles_of(await guild.fetch_member(user))
        except (PlatformRefused, PlatformUnavailable):
            return frozenset()

    def _may_have_webhooks(self, message: discord.Message) -> bool:
        """Return whether personas speak under their own names there: where there are several of them."""
        if message.guild is None or len(self.house.settings().fleet.personas) <= 1:
            return False
        where = message.channel.parent if isinstance(message.channel, discord.Thread) else message.channel
        if not isinstance(where, discord.abc.GuildChannel):
            return False
        return where.permissions_for(message.guild.me).manage_webhooks

    def _me(self) -> int:
        assert self.user is not None
        return self.user.id
