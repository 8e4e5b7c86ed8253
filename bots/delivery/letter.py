"""One job on its way to a person: what is known of it, and what stands on the platform. Talks to nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json

from bots.delivery.steps import Shown
from bots.lookout import UNKNOWN
from bots.platform import Place
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs.placing import Placed
from tasks.jobs.values import Delivery
from tasks.jobs.watching import Answered, Event, Follower, StartedOver, StateChanged, TextAdded


class Letter:
    """Everything about one job of a bot. Whoever learns something tells it, and wakes who looks after it."""

    def __init__(
        self, request: JobRequest, *, born_s: float, since_ms: int, unsure_since_s: float | None = None
    ) -> None:
        self.request = request
        self.since_ms = since_ms
        """When the job came in, by the clock of Redis: its turn among those of its session."""
        self.job, self.session = request.job, request.session
        self.place = Place.of(request.reply_to)
        self.born_s = born_s
        self.shown = Shown(unsure_since_s=unsure_since_s)
        self.view: JobView | None = None
        self.text = ""
        """What has been written so far."""
        self.delivery: Delivery | None = None
        self.entry = ""
        self.unrecorded: dict[str, str] = {}
        """Messages that stand on the platform and not yet in the record."""
        self.stale = False
        """Whether the record may say more than is known here."""
        self.gone = False
        """Whether Redis has forgotten the job, or everything."""
        self.looked_s = born_s
        self.prospect = UNKNOWN
        self.muted = False
        """Whether nothing more is shown before the end: what stood there was taken away."""
        self.has_looked = False
        """Whether it is known what an earlier process was about to post."""
        self.again: set[str] = set()
        """Chunks that were posted a second time, as the first one was taken away."""
        self.slot_s: float | None = None
        self.failures = 0
        self._follower = Follower()
        self._news = asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done about it, here or anywhere."""
        ended = self.view is not None and self.view.ended
        return self.gone or (ended and not self.withdrawn)

    @property
    def withdrawn(self) -> bool:
        """Whether the person took it back."""
        return self.view is not None and self.view.state is JobState.WITHDRAWN

    @property
    def urgent(self) -> bool:
        """Whether it is to be finished now, and not only to be shown as it comes along."""
        return self.delivery is not None or self.withdrawn

    def wake(self) -> None:
        """Have whoever looks after it look again."""
        self._news.set()

    async def news(self, within_s: float) -> None:
        """Wait until something is new, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, within_s)):
                await self._news.wait()
        self._news.clear()

    def hear(self, told: str) -> None:
        """Take what was said of the job on the ledger's channel."""
        heard = json.loads(told)
        if "state" in heard and "record" not in heard:
            return  # what matters of it comes with its words, its delivery, or when the wait gets long
        if self._follower.wants_snapshot(told):
            self.stale = True
        else:
            self._take(*self._follower.told(told))
        self.wake()

    def read(self, found: Placed | None) -> None:
        """Take the record, as it was read just now."""
        self.stale = False
        if found is None:
            self.gone = True
            return
        self.shown = self.shown.knowing(found.sent)
        self._take(*self._follower.snapshot(found.view))
        self.view = found.view

    def hand(self, entry: str, delivery: Delivery) -> None:
        """Take the outcome to deliver; a later one takes the place of an earlier one."""
        self.entry, self.delivery, self.view, self.stale = entry, delivery, delivery.view, False
        self.request = delivery.request
        self.shown = self.shown.knowing(delivery.sent)
        self.wake()

    def _take(self, *events: Event) -> None:
        for event in events:
            if isinstance(event, TextAdded):
                self.text += event.text
            elif isinstance(event, StartedOver):
                self.text = ""
            elif isinstance(event, StateChanged | Answered) and not (self.view and self.view.ended):
                self.view = event.view
