"""A notice gets to everybody who is to have it: each channel once, tried again where it failed, given up in the end."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence

from tasks.contracts.errors import PlatformBusy, PlatformRefused, RetryableError, RookeryError
from tasks.contracts.notices import MAX_WORDS_CHARS, Level, Notice, is_worth
from tasks.jobs import notices
from tasks.jobs.notices import Taken
from tasks.jobs.store import Store
from tasks.notification.channels import LOG, Channel

AGAIN_S, AGAIN_CAP_S = 15.0, 900.0
MOST_TRIES = 8
MOST_WAITING = 100
MS = 1000
logger = logging.getLogger(__name__)


def again_s(tries: int) -> float:
    """Return how long to wait after so many tries.

    >>> [again_s(tries) for tries in (1, 2, 3, 8)]
    [15.0, 30.0, 60.0, 900.0]
    """
    return float(min(AGAIN_S * 2 ** (tries - 1), AGAIN_CAP_S))


def worded(taken: Taken) -> Notice:
    """Return the notice as it is told: with how many there were that nobody was told of."""
    if not taken.held:
        return taken.notice
    more = f"\n\nBefore this, {taken.held} more were held back, since they were too many in an hour."
    words = taken.notice.words[: MAX_WORDS_CHARS - len(more)] + more
    return taken.notice.model_copy(update={"words": words})


class Teller:
    """Tells what is kept in the ledger."""

    def __init__(
        self, store: Store, channels: Callable[[], Sequence[Channel]], least: Callable[[], Level] = lambda: "info"
    ) -> None:
        """`channels` and `least`, the least that is told beyond the log, are asked for each notice."""
        self._store, self._channels, self._least = store, channels, least

    def send(self, notice: str = "") -> bool:
        """Tell this notice, or the one that is due for longest; False where there is none to tell.

        Raises:
            StoreUnavailable: Redis did not answer; what was told may be told again.
        """
        taken = self._store.run(notices.take(notice))
        if taken is None:
            return False
        said = worded(taken)
        left = [channel for channel in self._wanted(said) if channel.name not in taken.told]
        waits = {channel.name: self._tell(channel, said, taken) for channel in left}
        failed = [wait_s for wait_s in waits.values() if wait_s is not None]
        done = tuple(name for name, wait_s in waits.items() if wait_s is None)
        over = not failed or taken.tries >= MOST_TRIES
        if failed and over:
            logger.error("a notice was given up", extra={"notice": taken.id, "about": said.about})
        self._store.run(notices.told(taken, done, None if over else round(min(failed) * MS)))
        return True

    def shout(self, notice: Notice) -> None:
        """Tell it now by whatever needs no ledger: that one may be what is missing."""
        for channel in self._wanted(notice):
            try:
                channel.tell(notice, notice.about)
            except Exception as exc:  # noqa: BLE001 (a channel may be anybody's; the next one is tried all the same)
                logger.warning("nobody was told", extra={"channel": channel.name, "error": str(exc)})

    def _wanted(self, notice: Notice) -> Iterable[Channel]:
        loud = is_worth(notice.level, self._least())
        return [channel for channel in self._channels() if loud or channel.name == LOG]

    def _tell(self, channel: Channel, notice: Notice, taken: Taken) -> float | None:
        """Return None once there is nothing more to do, else after how many seconds to try again."""
        about = {"channel": channel.name, "notice": taken.id}
        wait_s = again_s(taken.tries)
        try:
            channel.tell(notice, taken.id)
        except PlatformBusy as exc:
            return max(exc.retry_after_s, wait_s)
        except RetryableError as exc:
            logger.warning("a notice is told later", extra={**about, "again_s": wait_s, "error": str(exc)})
            return wait_s
        except PlatformRefused as exc:
            logger.error("a notice was refused", extra={**about, "error": str(exc)})  # noqa: TRY400 (no bug of ours)
        except Exception:  # a channel of another package may raise anything; the others are told all the same
            logger.exception("a channel failed", extra=about)
            return wait_s
        return None


class Courier:
    """Has notices told in a thread of its own: bells of the upkeep worker do not wait for anybody's server."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def send(self, notice: str = "") -> None:
        """Have this notice told, or all that are due. Beyond a hundred that wait, beat's next bell sees to it."""
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            logger.info("a notice waits for the next bell", extra={"notice": notice})

    def _run(self) -> None:
        while True:
            notice = self._waiting.get()
            try:
                while self._teller.send(notice) and not notice:
                    pass
            except RookeryError as exc:
                logger.warning("no notice was told", extra={"error": str(exc)})
            except Exception:  # one that a newer version wrote, say; nobody else tells the others
                logger.exception("a notice cannot be told", extra={"notice": notice})
