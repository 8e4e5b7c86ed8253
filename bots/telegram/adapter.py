"""The Telegram bot: says who it is, hears, passes on, and says at once what needs no model."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from bots import commands
from bots.delivery.carrier import backoff_s
from bots.platform import Heard, Outgoing, Place
from bots.reception.bounded import Bounded
from bots.reception.limits import user_of
from bots.reception.values import Accepted, Command, Ignored, Told, Verdict
from bots.runner import House
from bots.telegram.api import Api, TokenRefused
from bots.telegram.files import TelegramFetcher
from bots.telegram.platform import Telegram
from bots.telegram.polling import Polling
from bots.telegram.reading import WANTED, Event, Me, Pressed, Reacted, Unreadable, event_of
from bots.telegram.webhook import Webhook, secret_of
from tasks.contracts.environment import TELEGRAM_TOKEN
from tasks.contracts.errors import (
    ConfigurationError,
    PlatformBusy,
    PlatformRefused,
    PlatformUnavailable,
    RetryableError,
    RookeryError,
    StoreUnavailable,
)
from tasks.contracts.settings import Settings
from tasks.jobs import feedback
from tasks.jobs.crashpoints import reach

TOAST_CHARS = 200  # of what is shown to who pressed a button
TELL_TRIES = 3
MOST_TAKEN = 2_000  # updates that are known again should they come twice; a job is the same however often it comes
CALLS_AT_ONCE = 8  # of Telegram's, at the webhook
PRIVACY = (
    "privacy mode is on: in groups the bot hears commands and answers to its own messages only; /setprivacy of "
    "@BotFather changes that, and the bot has to be added to its groups again"
)
logger = logging.getLogger(__name__)


def make(settings: Settings, _environ: Mapping[str, str]) -> TelegramBot:
    """Return the bot. Raises ConfigurationError where there is no token."""
    return TelegramBot(settings)


class TelegramBot:
    """One bot on Telegram, by polling or by a webhook."""

    def __init__(self, settings: Settings) -> None:
        token = settings.telegram_token
        number, _, _rest = token.partition(":")
        if not number.isdecimal():
            raise ConfigurationError(
                f"{TELEGRAM_TOKEN} holds no token of Telegram" if token else f"{TELEGRAM_TOKEN} is not set",
                next_step=f"put the token that @BotFather gave you into {TELEGRAM_TOKEN}, or its file's name into "
                f"{TELEGRAM_TOKEN}_FILE",
            )
        self.bot = settings.fleet.telegram.name
        self.office = f"telegram:{number}"  # two tokens of one bot would hear the same, too
        self._settings: Callable[[], Settings] = lambda: settings
        self._api = Api(token, settings.fleet.telegram.api)
        self.platform = Telegram(self._api, lambda: len(self._settings().fleet.personas) > 1)
        self.fetcher = TelegramFetcher(self._api)
        self._telling: set[asyncio.Task[None]] = set()

    async def run(self, house: House) -> None:
        """Hear and pass on until the process ends.

        Raises:
            ConfigurationError: Telegram does not know the token, or the webhook cannot be.
            AlreadyRunning: another process fetches the updates of this bot.
        """
        self._settings = house.settings
        async with self._api:
            me = await self._introduced()
            hearing = Hearing(self, house, me)
            try:
                await (self._be_called if house.settings().fleet.telegram.webhook_url else self._ask)(hearing)
            finally:
                for task in self._telling:
                    task.cancel()

    async def _introduced(self) -> Me:
        """Return who we are, once Telegram can be reached, and offer the commands to people."""
        said = await self._surely("getMe")
        me = Me(said["id"], said["username"], said["first_name"], bool(said.get("can_read_all_group_messages")))
        await self._offer()
        logger.info("telegram bot is up", extra={"bot": self.bot, "username": me.username})
        if not me.hears_all:
            logger.info(PRIVACY)
        return me

    async def _offer(self) -> None:
        """Have Telegram list the commands when somebody types a slash. They work without, so this may fail."""
        offered = [{"command": name, "description": what} for name, (_args, what) in commands.HELPS.items()]
        try:
            await self._api.call("setMyCommands", commands=offered)
        except (PlatformUnavailable, PlatformRefused) as exc:
            logger.warning("the commands are not listed", extra={"error": str(exc)})

    async def _ask(self, hearing: Hearing) -> None:
        hook = await self._surely("getWebhookInfo")
        if hook.get("url"):
            logger.warning("telegram called a webhook until now; it is taken away, and asked from now on")
            await self._surely("deleteWebhook")
        await Polling(self._api, hearing.take, hearing.excuse).run()

    async def _be_called(self, hearing: Hearing) -> None:
        settings = self._settings()
        config = settings.fleet.telegram
        secret = secret_of(settings.telegram_token, settings.telegram_webhook_secret)
        async with Webhook(secret, hearing.hurry).listening(config.webhook_bind, config.webhook_port):
            await self._surely(
                "setWebhook",
                url=config.webhook_url,
                secret_token=secret,
                allowed_updates=list(WANTED),
                max_connections=CALLS_AT_ONCE,
            )
            logger.info("telegram calls", extra={"bind": config.webhook_bind, "port": config.webhook_port})
            await asyncio.Event().wait()

    async def _surely(self, method: str, **given: Any) -> Any:
        """Call until Telegram answers. Raises ConfigurationError when the answer is no."""
        failures = 0
        while True:
            try:
                return await self._api.call(method, **given)
            except (TokenRefused, PlatformRefused) as exc:
                raise ConfigurationError(exc.message, next_step=exc.next_step or "see docs/howto/telegram.md") from exc
            except PlatformUnavailable as exc:
                failures += 1
                logger.warning("telegram does not answer", extra={"error": str(exc), "failures": failures})
                await asyncio.sleep(exc.retry_after_s if isinstance(exc, PlatformBusy) else backoff_s(failures))

    def tell(self, place: Place, told: Told) -> None:
        """Say something at once, in the background: a flood wait must not keep others from being heard."""
        task = asyncio.create_task(self._tell(place, told.text))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, place: Place, text: str) -> None:
        for _ in range(TELL_TRIES):
            try:
                await self.platform.post(place, Outgoing(text, nonce=""))
            except PlatformBusy as exc:
                await asyncio.sleep(exc.retry_after_s)
            except (PlatformUnavailable, PlatformRefused) as exc:  # it may have arrived: never blindly again
                logger.warning("something could not be said", extra={"error": str(exc)})
                return
            else:
                return

    async def answer(self, query: str, text: str) -> None:
        """Let a pressed button rest, with a word to who pressed it."""
        try:
            await self._api.call("answerCallbackQuery", callback_query_id=query, text=text[:TOAST_CHARS] or None)
        except (PlatformUnavailable, PlatformRefused) as exc:
            logger.debug("a press was not answered", extra={"error": str(exc)})


class Hearing:
    """Passes on what comes in, and does what the desk says about it."""

    def __init__(self, bot: TelegramBot, house: House, me: Me) -> None:
        self._bot, self._house, self._me = bot, house, me
        self._taken: Bounded[object, bool] = Bounded(MOST_TAKEN)
        self._stuck: set[int] = set()
        """Updates that the ledger has not taken in so far."""
        self._excused: Bounded[object, bool] = Bounded(MOST_TAKEN)

    async def take(self, update: Mapping[str, Any]) -> None:
        """Take in an update, however long Redis is away; returns once it cannot be lost any more."""
        failures = 0
        try:
            while True:
                try:
                    return await self.hurry(update)
                except RetryableError as exc:
                    failures += 1
                    self._stuck.add(update["update_id"])
                    logger.warning("an update waits", extra={"error": str(exc), "failures": failures})
                    await asyncio.sleep(backoff_s(failures))
        finally:
            self._stuck.discard(update["update_id"])

    def excuse(self, update: Mapping[str, Any]) -> None:
        """Say of an update that has waited for a while that it does, where the ledger is what it waits for."""
        number = update["update_id"]
        if not self._stuck or number in self._excused:
            return
        self._excused.put(number, True)
        with contextlib.suppress(Unreadable):
            event = event_of(update, self._me, self._bot.bot)
            said = event.said if isinstance(event, Command) else event
            if isinstance(said, Heard) and isinstance(told := self._house.desk.excuse(said), Told):
                self._tell(said.place, told)

    async def hurry(self, update: Mapping[str, Any]) -> None:
        """Take in an update, unless it was taken in before. Raises RetryableError where it could not be kept."""
        number = update.get("update_id")
        if number in self._taken:
            return
        try:
            event = event_of(update, self._me, self._bot.bot)
            if event is not None:
                await self._act(event)
        except RetryableError:
            raise
        except (Unreadable, RookeryError) as exc:
            logger.warning("an update was left alone", extra={"update": number, "error": str(exc)})
        except Exception:  # what nobody foresaw must not come back for ever, and keep all others from being heard
            logger.exception("an update could not be taken in", extra={"update": number})
        self._taken.put(number, True)

    async def _act(self, event: Event) -> None:
        desk = self._house.desk
        if isinstance(event, Heard):
            self._done(await desk.hear(event), event.place)
        elif isinstance(event, Command):
            self._done(await desk.command(event), event.said.place)
        elif isinstance(event, Pressed):
            await self._pressed(event)
        else:
            await self._reacted(event)

    def _done(self, verdict: Verdict, place: Place) -> None:
        if isinstance(verdict, Told):
            self._tell(place, verdict)
        elif isinstance(verdict, Ignored):
            logger.debug("not heard", extra={"why": verdict.why})
        else:
            reach("submitted")
            if verdict.aside:
                self._tell(place, Told(verdict.aside))
        _kept(verdict)

    def _tell(self, place: Place, told: Told) -> None:
        if self._house.manners().dry_run:
            logger.info("dry run", extra={"chars": len(told.text)})
        else:
            self._bot.tell(place, told)

    async def _pressed(self, event: Pressed) -> None:
        verdict = await self._house.desk.command(event.command)
        if isinstance(verdict, Told | Accepted):
            await self._bot.answer(event.query, verdict.text if isinstance(verdict, Told) else "")
        _kept(verdict)

    async def _reacted(self, event: Reacted) -> None:
        heard = event.heard
        if not self._house.desk.admits(heard):
            return
        for opinion, undone in event.opinions:
            about = (heard.bot, heard.place.chat, heard.place.message, user_of(heard))
            await self._house.store.run(feedback.of_message(*about, opinion, undone=undone))


def _kept(verdict: Verdict) -> None:
    """Raise StoreUnavailable where the ledger did not take what was heard."""
    if not isinstance(verdict, Accepted) and verdict.again:
        raise StoreUnavailable("the ledger did not take what was heard", next_step="it is passed on again")
