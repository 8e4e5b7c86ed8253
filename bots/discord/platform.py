"""What Discord can do for delivery: three ways to post, each with its own proof that a message arrived."""

from __future__ import annotations

from typing import Any

from bots.discord import payload, tokens
from bots.discord.line import Line, path
from bots.discord.payload import Message
from bots.discord.webhooks import Hook, Webhooks
from bots.platform import WHISPER, Bounds, Outgoing, Place, Proof
from tasks.contracts.errors import PlatformRefused, PlatformUnavailable
from tasks.jobs.store import AsyncStore

WEBHOOK, INTERACTION = "webhook", "interaction"
ANSWERS = (INTERACTION, WHISPER)
ORIGINAL = "@original"
CHARS = 2000
EDIT_EVERY_S = 1.2
TYPING_EVERY_S = 8.0  # Discord shows it for ten
NONCE_WINDOW_S = 60.0  # "the past few minutes", says the documentation
OVER = "an interaction can be answered for fifteen minutes, which are over"
EPOCH_MS = 1_420_070_400_000
SKEW_MS = 60_000  # our clock and Discord's
PAGE, PAGES = 100, 5
BOUNDS = Bounds(CHARS, EDIT_EVERY_S, TYPING_EVERY_S, NONCE_WINDOW_S)


class DiscordPlatform:
    """`Platform` over one line. Where no webhook can be made, or an interaction is over, it refuses that way."""

    def __init__(self, bot: str, line: Line) -> None:
        self.name, self.bot, self.line = "discord", bot, line
        self.webhooks = Webhooks(line)
        self.store: AsyncStore | None = None
        """Where the tokens of interactions are; set before anything is posted."""

    def bounds(self, place: Place) -> Bounds:
        """Return what may be sent there."""
        return BOUNDS

    def proof(self, place: Place) -> Proof:
        """Return how a post there is known to have arrived."""
        return Proof.ORIGINAL if place.via in ANSWERS else Proof.PLACEHOLDER if place.via == WEBHOOK else Proof.NONCE

    def length(self, text: str) -> int:
        """Return how long a text is: Discord counts code points."""
        return len(text)

    async def post(self, place: Place, what: Outgoing) -> str:
        """Post a message and return its id."""
        if place.via == WEBHOOK:
            return await self._speak(place, what)
        if place.via in ANSWERS:
            return await self._answer(place, what)
        said = payload.message(what, place.message)
        return _id(await self.line.signed("POST", path("channels", place.chat, "messages"), said, file=what.file))

    async def edit(self, place: Place, message: str, what: Outgoing) -> None:
        """Put other words in the place of a message's."""
        said = payload.body(what)
        if place.via == WEBHOOK:
            hook = await self.webhooks.of(place.chat)
            await self.line.once("PATCH", hook.path("messages", message), said, file=what.file, **hook.query)
        elif place.via in ANSWERS and (answers := await self._answers(place)):
            await self.line.once("PATCH", f"{answers}/messages/{message}", said, file=what.file)
        elif place.via == WHISPER:
            raise PlatformRefused(OVER)
        else:
            await self.line.signed("PATCH", path("channels", place.chat, "messages", message), said, file=what.file)

    async def find(self, place: Place, what: Outgoing, since_ms: int) -> str:
        """Return the id of a message that was posted with this nonce, or for the same question with the same words."""
        if place.via == WHISPER:
            return ""  # no history shows what one person alone was told
        if place.via == INTERACTION and what.reply:
            return await self._original(place, since_ms)
        ours = self.line.user
        if place.via == WEBHOOK:
            ours = (await self.webhooks.of(place.chat)).id
        async for found in self._since(place.chat, since_ms):
            if payload.is_it(found, what, ours=ours, reply_to=place.message):
                return _id(found)
        return ""

    async def typing(self, place: Place) -> None:
        """Show that an answer is being written; an interaction shows that by itself."""
        if place.via not in ANSWERS:
            await self.line.signed("POST", path("channels", place.chat, "typing"))

    async def _speak(self, place: Place, what: Outgoing) -> str:
        hook = await self.webhooks.of(place.chat)
        said = payload.spoken_as(what, self.bot)
        try:
            return _id(await self.line.once("POST", hook.path(), said, file=what.file, **_waiting(hook)))
        except PlatformRefused:
            self.webhooks.forget(place.chat)  # somebody deleted it: a new one is made for the next message
            raise

    async def _answer(self, place: Place, what: Outgoing) -> str:
        """Fill the answer that was deferred, or follow it up; past its time only what stands there can be edited."""
        answers = await self._answers(place)
        if not answers:
            return await self._amend(place, what)
        if what.reply:
            said = payload.body(what)
            return _id(await self.line.once("PATCH", f"{answers}/messages/{ORIGINAL}", said, file=what.file))
        said = payload.body(what) | ({"flags": payload.PRIVATE} if place.via == WHISPER else {})
        return _id(await self.line.once("POST", answers, said, file=what.file, wait="true"))

    async def _amend(self, place: Place, what: Outgoing) -> str:
        sought = what.reply and place.via != WHISPER
        found = await self._original(place, _made_ms(place.message)) if sought else ""
        if not found:
            raise PlatformRefused(OVER)
        await self.edit(place, found, what)
        return found

    async def _original(self, place: Place, since_ms: int) -> str:
        """Return the answer to an interaction, unless it still says that somebody thinks; empty: there is none."""
        async for found in self._since(place.chat, since_ms):
            about = found.get("interaction_metadata") or {}
            if str(about.get("id")) == place.message and not found.get("flags", 0) & payload.LOADING:
                return _id(found)
        return ""

    async def _answers(self, place: Place) -> str:
        """Return where an interaction is answered; empty: its time is over."""
        if self.store is None:
            raise PlatformUnavailable("Discord is not connected yet")
        token = await self.store.run(tokens.of(self.bot, place.message))
        return path("webhooks", self.line.me, token) if token else ""

    async def _since(self, chat: str, since_ms: int) -> Any:
        """Yield the messages of a channel since then, page by page, the oldest page first."""
        after = snowflake(since_ms - SKEW_MS)
        for _page in range(PAGES):
            where = path("channels", chat, "messages")
            found: list[Message] = await self.line.signed("GET", where, after=after, limit=str(PAGE))
            for message in found:
                yield message
            if len(found) < PAGE:
                return
            after = str(max(int(message["id"]) for message in found))


def snowflake(at_ms: int) -> str:
    """Return the smallest id that a message of that time can have."""
    return str(max(0, at_ms - EPOCH_MS) << 22)


def _made_ms(key: str) -> int:
    return (int(key) >> 22) + EPOCH_MS if key.isdigit() else 0


def _waiting(hook: Hook) -> dict[str, str]:
    return {"wait": "true", **hook.query}


def _id(message: Message) -> str:
    return str(message["id"])
