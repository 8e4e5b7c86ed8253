"""The ways by which a notice gets to people: the log, chats, and what other packages bring along. ntfy is next door."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from tasks.contracts import packages
from tasks.contracts.errors import ConfigurationError, PlatformUnavailable
from tasks.contracts.notices import Notice
from tasks.contracts.settings import Settings
from tasks.jobs import notices
from tasks.jobs.store import Store

LOG = "log"
CHAT_LIFE_S = 3_600.0  # a bot that is away for longer need not say it any more
PATIENCE_S = 20.0  # with a channel of somebody else
SEVERITIES = {"info": logging.INFO, "success": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
logger = logging.getLogger(__name__)


class Channel(Protocol):
    """A way to tell somebody something."""

    name: str
    """Notes in the ledger say by it who has a notice already."""

    def tell(self, notice: Notice, notice_id: str) -> None:
        """Tell it, within seconds. The same notice has the same id when it is tried again.

        Raises:
            PlatformBusy: it was not taken; the same again after `retry_after_s`.
            PlatformUnavailable: it may not have arrived; the same again later.
            PlatformRefused: it never will.
        """
        ...


Factory = Callable[[Settings, Mapping[str, str]], Channel]
"""What an entry point in the group `rookery.notifiers` names: settings and environment in, a channel out.

Raises ConfigurationError when it was not told what it needs, and names the variable.
"""


class Log:
    """The log of the upkeep worker: always there, whatever else is."""

    name = LOG

    def tell(self, notice: Notice, notice_id: str) -> None:
        """Write a line."""
        said = {"about": notice.about, "title": notice.title, "words": notice.words, "notice": notice_id}
        logger.log(SEVERITIES[notice.level], "notice", extra=said)


class Chat:
    """A chat of a bot of ours. It arrives as answers do: once, and also when the bot is up again only later."""

    def __init__(self, store: Store, bot: str, chat: str) -> None:
        self.name, self._store, self._bot, self._chat = f"{bot}:{chat}", store, bot, chat

    def tell(self, notice: Notice, notice_id: str) -> None:
        """Put it into the bot's outbox."""
        words = f"**{notice.title}**\n{notice.words}"
        job = f"notice-{notice_id}-{self.name}"
        self._store.run(notices.say(self._bot, self._chat, words, job=job, deadline_s=CHAT_LIFE_S))


class Bounded:
    """A channel of another package. One that hangs holds up itself and nobody else."""

    def __init__(self, name: str, channel: Channel, patience_s: float = PATIENCE_S) -> None:
        self.name, self._channel, self._patience_s = name, channel, patience_s
        self._at_it: threading.Thread | None = None

    def tell(self, notice: Notice, notice_id: str) -> None:
        """Have it told in a thread of its own. Raises what it raises, and PlatformUnavailable where it takes long."""
        if self._at_it is not None and self._at_it.is_alive():
            raise PlatformUnavailable(f"the channel {self.name!r} is still at an earlier notice")
        raised: list[Exception] = []

        def call() -> None:
            try:
                self._channel.tell(notice, notice_id)
            except Exception as exc:  # noqa: BLE001 (somebody else's code; it is raised again where it is waited for)
                raised.append(exc)

        self._at_it = threading.Thread(target=call, name=f"channel-{self.name}", daemon=True)
        self._at_it.start()
        self._at_it.join(self._patience_s)
        if self._at_it.is_alive():
            raise PlatformUnavailable(f"the channel {self.name!r} took longer than {self._patience_s:g} s")
        if raised:
            raise raised[0]


def channels_of(settings: Settings, store: Store, environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """Return the ways that `[notify]` names, the log first. Nothing is contacted yet.

    One that cannot be opened is told to the log and left out: the others are needed all the more.
    """
    told = settings.fleet.notify
    made: list[Channel] = [Log()]
    if told.ntfy_topic and not settings.dry_run:
        from tasks.notification.ntfy import Ntfy  # noqa: PLC0415 (requests takes 5 MB, and few have it told)

        made.append(Ntfy(told.ntfy_url, told.ntfy_topic, settings.ntfy_token))
    for chat in told.chats:
        bot, _, number = chat.partition(":")
        made.append(Chat(store, bot, number))
    for name in () if settings.dry_run else told.channels:
        try:
            factory: Factory = packages.load(packages.NOTIFIERS, name, "channel")
            made.append(Bounded(name, factory(settings, environ)))
        except ConfigurationError as exc:
            logger.error("a channel for notices cannot be opened", extra={"channel": name, "error": str(exc)})  # noqa: TRY400
        except Exception:  # somebody else's code; the others are needed all the more
            logger.exception("a channel for notices cannot be opened", extra={"channel": name})
    return tuple(made)
