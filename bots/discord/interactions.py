"""Slash commands and pressed buttons: acknowledged within three seconds, then carried out at the reception."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import discord

from bots import commands
from bots.discord import asked, payload, slash, tokens
from bots.discord.hearing import is_ours, roles_of
from bots.discord.line import Line, path
from bots.discord.platform import INTERACTION, ORIGINAL, WEBHOOK
from bots.platform import WHISPER, Heard, Place
from bots.reception.bounded import Bounded
from bots.reception.values import AWAY, Accepted, Command, Told, Verdict
from bots.runner import House
from tasks.contracts.errors import (
    PlatformBusy,
    PlatformRefused,
    PlatformUnavailable,
    RetryableError,
    RookeryError,
    StoreFull,
)
from tasks.jobs.crashpoints import reach

logger = logging.getLogger(__name__)
REPLY, DEFER, DEFER_SILENTLY = 4, 5, 6
MS = 1000
KEEP_S = 1.5  # for the ledger to keep what was asked: Discord waits for three
AGAIN_S, PATIENCE_S = 1.0, 13 * 60.0  # a token is good for fifteen minutes
MOST_TOKENS = 1_000
STRANGER = "I am not open to you here. Whoever runs this bot decides who may talk to it."
NOTHING = "I have nothing to say to that. /help shows what you can ask of me."
ACTIONS = {"stop": commands.STOP, "regenerate": commands.RETRY}


class Interactions:
    """Takes up what people choose and press."""

    def __init__(self, bot: str, line: Line, house: House) -> None:
        self.bot, self.line, self.house = bot, line, house
        self.desk, self.store = house.desk, house.store
        self._left: list[Command] = []
        self.gone_on = asyncio.Event()
        """Whether nothing is left of what an earlier process took up: that was asked before what comes now."""
        self._tokens: Bounded[str, str] = Bounded(MOST_TOKENS)
        """Of what is carried out just now, so that it can be told of while Redis is away."""

    async def take(self, interaction: discord.Interaction) -> None:
        """Acknowledge an interaction and carry it out."""
        command = self._command(interaction)
        if command is None:
            return
        if not self.desk.admits(command.said):
            await self._callback(interaction, REPLY, content=STRANGER, flags=payload.PRIVATE)
            return
        try:
            async with asyncio.timeout(KEEP_S):
                await self._remember(interaction, command)
        except (RookeryError, TimeoutError) as exc:
            logger.warning("interaction not taken up", extra={"interaction": interaction.id, "error": str(exc)})
            words = exc.notice if isinstance(exc, StoreFull) else AWAY
            await self._callback(interaction, REPLY, content=words, flags=payload.PRIVATE)
            return
        await self._acknowledge(interaction, command)
        await self.gone_on.wait()
        await self._see_through(command)

    async def load(self) -> None:
        """Read what an earlier process took up and did not get done, before anything new comes."""
        self._left = await asked.left(self.store, self.bot)

    async def go_on(self) -> None:
        """Carry that out."""
        while self._left:
            try:
                await self._end(self._left[0], await self.desk.command(self._left[0]))
            except PlatformUnavailable as exc:  # the next process tries again: nobody is kept waiting for it
                logger.warning("answer not taken", extra={"interaction": self._left[0].said.message, "error": str(exc)})
            del self._left[0]
        self.gone_on.set()

    async def _see_through(self, command: Command) -> None:
        """Do what was asked, once, and say what came of it as soon as that can be said."""
        verdict = await self.desk.command(command)
        give_up_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self._end(command, verdict)
            except RetryableError as exc:
                logger.warning("answer not taken yet", extra={"interaction": command.said.message, "error": str(exc)})
                if time.monotonic() > give_up_s:
                    return None
                await asyncio.sleep(max(AGAIN_S, exc.retry_after_s if isinstance(exc, PlatformBusy) else 0.0))

    async def _end(self, command: Command, verdict: Verdict) -> None:
        """Say what came of it where nobody else will, and forget it."""
        try:
            if isinstance(verdict, Accepted):
                reach("submitted")
            else:
                await self._tell(command, verdict)
        except PlatformRefused as exc:
            logger.warning("answer not taken", extra={"interaction": command.said.message, "error": str(exc)})
        await asked.done(self.store, command)
        self._tokens.pop(command.said.message)

    async def _remember(self, interaction: discord.Interaction, command: Command) -> None:
        """Keep it before it is acknowledged: who sees that somebody thinks gets an answer, come what may."""
        await self.store.run(tokens.keep(self.bot, command.said.message, interaction.token))
        await asked.keep(self.store, command)
        self._tokens.put(command.said.message, interaction.token)

    async def _acknowledge(self, interaction: discord.Interaction, command: Command) -> None:
        if interaction.type is discord.InteractionType.component and command.said.place.via != INTERACTION:
            await self._callback(interaction, DEFER_SILENTLY)
        else:
            public = command.name in slash.ANSWERED_AS_JOBS
            await self._callback(interaction, DEFER, flags=0 if public else payload.PRIVATE)

    async def _callback(self, interaction: discord.Interaction, kind: int, **data: object) -> None:
        if self.house.manners().dry_run:
            return
        said = {"type": kind, "data": {**data, "allowed_mentions": payload.NOBODY}}
        try:
            await self.line.once("POST", path("interactions", str(interaction.id), interaction.token, "callback"), said)
        except (PlatformRefused, PlatformUnavailable) as exc:
            # It came too late or twice, or its answer was lost: what was asked is carried out all the same.
            logger.warning("interaction not acknowledged", extra={"interaction": interaction.id, "error": str(exc)})

    async def _tell(self, command: Command, verdict: Verdict) -> None:
        """Say a word that is no job: in the place of what was deferred, or beside what a button is below."""
        text = verdict.text if isinstance(verdict, Told) else NOTHING
        token = self._tokens.get(command.said.message)
        if token is None:
            token = await self.store.run(tokens.of(self.bot, command.said.message))
        if not token or self.house.manners().dry_run:
            return
        answers = path("webhooks", self.line.me, token)
        said = {"content": text, "allowed_mentions": payload.NOBODY}
        if command.said.place.via == INTERACTION:
            await self.line.once("PATCH", f"{answers}/messages/{ORIGINAL}", said)
        else:
            await self.line.once("POST", answers, said | {"flags": payload.PRIVATE}, wait="true")

    def _command(self, interaction: discord.Interaction) -> Command | None:
        """Return what an interaction asks for; None: it is none of ours."""
        if interaction.type is discord.InteractionType.application_command:
            name, args, persona = slash.read(interaction.data)
            return self._asked(interaction, name, self._here(interaction), args=args, persona=persona)
        if interaction.type is discord.InteractionType.component:
            found = payload.pressed(_custom_id(interaction.data))
            if found is not None:
                name = ACTIONS.get(found[0], found[0])
                return self._asked(interaction, name, self._below(interaction, name), job=found[1])
        return None

    def _asked(
        self,
        interaction: discord.Interaction,
        name: str,
        place: Place,
        *,
        args: str = "",
        persona: str = "",
        job: str = "",
    ) -> Command:
        channel, user = interaction.channel, interaction.user
        said = Heard(
            platform="discord",
            bot=self.bot,
            place=place,
            message=str(interaction.id),
            user=str(user.id),
            author=user.display_name,
            text=args,
            at_ms=int(interaction.created_at.timestamp() * MS),
            direct=interaction.guild_id is None,
            guild=str(interaction.guild_id or ""),
            parent=str(channel.parent_id) if isinstance(channel, discord.Thread) else "",
            roles=roles_of(user),
            mentioned=True,
            from_bot=user.bot,
            alone=Place(place.chat, place.message, via=WHISPER) if place.via == INTERACTION else None,
            persona=persona,
        )
        return Command(name, said, job)

    def _here(self, interaction: discord.Interaction) -> Place:
        return Place(str(interaction.channel_id or ""), str(interaction.id), via=INTERACTION)

    def _below(self, interaction: discord.Interaction, name: str) -> Place:
        """Return where a pressed button is answered: as the message that it is below was posted."""
        message = interaction.message
        if message is None or (message.interaction_metadata is not None and name != commands.STOP):
            return self._here(interaction)
        if not is_ours(message, int(self.line.user)):
            return self._here(interaction)
        question = str(message.reference.message_id or "") if message.reference else ""
        return Place(str(interaction.channel_id or ""), question, via=WEBHOOK if message.webhook_id else "")


def _custom_id(data: Any) -> str:
    return str(data.get("custom_id", "")) if data else ""
