"""The feed bot: reads comments, passes them on, and says at once what needs no model."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

from bots.delivery.nonces import nonce_of
from bots.feed.client import Client
from bots.feed.comments import Comment, heard_of
from bots.feed.platform import FeedPlatform
from bots.feed.polling import Polling
from bots.platform import Heard, Outgoing
from bots.reception.values import Accepted, Told, Verdict
from bots.runner import House
from tasks.contracts.errors import (
    ConfigurationError,
    PlatformRefused,
    PlatformUnavailable,
    RookeryError,
    StoreUnavailable,
)
from tasks.contracts.platforms import Feed
from tasks.contracts.settings import Settings
from tasks.jobs import bookmarks
from tasks.jobs.store import AsyncStore

TOLD = "told"  # the kind of what is said at once, as nonces have it
logger = logging.getLogger(__name__)


def create(settings: Settings, _environ: Mapping[str, str]) -> FeedBot:
    """Return the bot. Raises ConfigurationError where no feed is named."""
    return FeedBot(settings)


class FeedBot:
    """One bot on one feed."""

    def __init__(self, settings: Settings) -> None:
        feed = settings.fleet.feed
        if not feed.url:
            raise ConfigurationError(
                "the feed bot has no feed to read", next_step="set `url` in [feed] of rookery.toml, or ROOKERY_FEED_URL"
            )
        self.bot = feed.name
        self.office = f"feed:{hashlib.sha256(f'{feed.url} {feed.channel} {feed.name}'.encode()).hexdigest()[:16]}"
        self._client = Client(feed.url, settings.feed_key, channel=feed.channel)
        self.platform = FeedPlatform(self._client, feed.name)

    async def run(self, house: House) -> None:
        """Read and pass on until the process ends.

        Raises:
            ConfigurationError: the server refuses us.
        """
        async with self._client:
            hearing = Hearing(self.bot, self.platform, house)
            polling = Polling(self._client, KeptMarks(house.store, self.bot), hearing.take, hearing.feed)
            logger.info("feed bot is up", extra={"bot": self.bot, "answers": await self._client.ping()})
            try:
                await polling.run()
            except PlatformRefused as exc:
                raise ConfigurationError(exc.message, next_step=exc.next_step) from exc
            finally:
                logger.info("feed bot ends", extra={"bot": self.bot, **self._client.stats.as_fields()})


class KeptMarks:
    """The bookmarks of a bot in the ledger."""

    def __init__(self, store: AsyncStore, bot: str) -> None:
        self._store, self._bot = store, bot

    async def load(self) -> Mapping[str, str]:
        """Return what was kept."""
        return await self._store.run(bookmarks.get_many(self._bot))

    async def keep(self, values: Mapping[str, str]) -> None:
        """Keep this."""
        await self._store.run(bookmarks.put_many(self._bot, values))


class Hearing:
    """Passes on what is read, and does what the desk says about it."""

    def __init__(self, bot: str, platform: FeedPlatform, house: House) -> None:
        self._bot, self._platform, self._house = bot, platform, house

    def feed(self) -> Feed:
        """Return the settings of the feed, as they are now."""
        return self._house.settings().fleet.feed

    async def take(self, comment: Comment) -> None:
        """Take in a comment. Raises RetryableError where the ledger did not."""
        personas = frozenset(persona.name for persona in self._house.settings().fleet.personas)
        heard = heard_of(comment, self._bot, self.feed().channel, personas)
        try:
            verdict = await self._house.desk.hear(heard)
        except StoreUnavailable:
            raise
        except RookeryError as exc:  # of this comment alone: the others are still to be read
            logger.warning("a comment was left alone", extra={"comment": comment.id, "error": str(exc)})
            return
        except Exception:  # what nobody foresaw must not come back for ever, and keep all others from being heard
            logger.exception("a comment could not be taken in", extra={"comment": comment.id})
            return
        if not isinstance(verdict, Accepted) and verdict.again:
            raise StoreUnavailable("the ledger did not take a comment", next_step="it is read again")
        self._note(verdict, heard)
        if isinstance(verdict, Told):
            await self._tell(heard, verdict.text)

    def _note(self, verdict: Verdict, heard: Heard) -> None:
        """Write down what became of a comment, so that one can follow it from here on by its job."""
        about = {"comment": heard.message, "bot": self._bot}
        if isinstance(verdict, Accepted):
            logger.info("heard", extra={**about, "job": verdict.job, "persona": verdict.persona})
        else:
            logger.debug("not taken up", extra={**about, "why": getattr(verdict, "why", TOLD)})

    async def _tell(self, heard: Heard, text: str) -> None:
        if self._house.manners().dry_run:
            logger.info("dry run", extra={"chars": len(text)})
            return
        what = Outgoing(text, nonce_of(f"{heard.bot}:{heard.message}", TOLD, "0"), final=True)
        try:
            await self._platform.post(heard.place, what)
        except (PlatformUnavailable, PlatformRefused) as exc:
            logger.warning("something could not be said", extra={"error": str(exc)})
