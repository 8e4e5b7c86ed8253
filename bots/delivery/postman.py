"""What a bot still has to say, said: follows its jobs, shows how they come along, and posts what they came to, once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress

from bots.delivery.carrier import Carrier
from bots.delivery.letter import Letter
from bots.delivery.manners import Manners
from bots.delivery.rounds import Bench, Rounds
from bots.delivery.wire import SUBSCRIBED, ear_of, wire
from bots.platform import Face, Platform
from bots.words import Filter
from tasks.contracts.errors import AlreadyRunning, StoreFull, StoreUnavailable
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs import placing
from tasks.jobs.crashpoints import reach
from tasks.jobs.ending import put_down
from tasks.jobs.outbox import LEASE_MS, Outbox
from tasks.jobs.store import AsyncStore, translated
from tasks.jobs.values import MS, Delivery

logger = logging.getLogger(__name__)
MOST_LETTERS = 5_000  # looked after at once; of the others, people see the end
READ_AT_ONCE = 16
AGAIN_S = 0.5
TIDY_S = 10.0


def _as_it_is(text: str, _final: bool) -> str:
    return text


def _nobody(_persona: str) -> Face | None:
    return None


def _nothing(_view: JobView) -> str:
    return ""


class Postman:
    """Delivers what one bot has to say on one platform. `run` it once, and `follow` each job after its submit."""

    def __init__(
        self,
        store: AsyncStore,
        platform: Platform,
        bot: str,
        *,
        manners: Callable[[], Manners] = Manners,
        words: Filter = _as_it_is,
        face: Callable[[str], Face | None] = _nobody,
        small_print: Callable[[JobView], str] = _nothing,
        lease_ms: int = LEASE_MS,
    ) -> None:
        """Take what is needed; nothing is sent yet.

        `face` is how a persona looks; `small_print` is a line below a reply, such as that the demo model answered.
        """
        self._store, self._bot = store, bot
        self._outbox = Outbox(store, bot, lease_ms)
        carrier = Carrier(platform, face, lambda: manners().dry_run)
        self._rounds = Rounds(Bench(store, self._outbox, platform, manners, self._now_ms, words, small_print), carrier)
        self._manners = manners
        self._letters: dict[str, Letter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._replaced: AlreadyRunning | None = None
        self._left, self._trouble = asyncio.Event(), asyncio.Event()
        # Of this process's monotonic clock, the clock of Redis; by this machine's own until Redis has told.
        self._ahead_ms = (time.time() - time.monotonic()) * MS

    @property
    def ear(self) -> str:
        """What to hand to `AsyncGateway.submit` as `ear`: by it this postman hears of the job as it comes along."""
        return ear_of(self._bot)

    @property
    def serves(self) -> bool:
        """Whether this process is the bot now."""
        return self._outbox.generation > 0

    @property
    def at_work(self) -> int:
        """How many jobs are looked after."""
        return len(self._letters)

    def follow(self, request: JobRequest, *, fresh: bool = True) -> None:
        """Show from now on how this job comes along: at once that somebody writes. Call it right after the submit.

        `fresh` is what the ledger said: a job that was known before may have something on the platform already.
        """
        if request.job in self._letters or len(self._letters) >= MOST_LETTERS:
            return
        if fresh:
            self._look_after(Letter(request, born_s=time.monotonic(), since_ms=self._now_ms()))
        else:
            self._start(self._resume(request.job))

    async def run(self) -> None:
        """Deliver for ever, from wherever an earlier process stopped.

        Raises:
            AlreadyRunning: a newer process of this bot delivers now.
        """
        try:
            while True:
                try:
                    await self._serve()
                except (StoreUnavailable, StoreFull) as exc:
                    logger.warning("the postman waits for Redis", extra={"bot": self._bot, "why": exc.message})
                await asyncio.sleep(AGAIN_S)
        finally:
            await put_down(self._tasks)

    async def _serve(self) -> None:
        """Serve until Redis is away, or a newer process has taken over."""
        await _together(self._open())
        await _together(self._deliver(), self._listen(), self._resume_all(), self._look_around())

    async def _open(self) -> None:
        await self._outbox.open()
        with translated():
            seconds, micros = await self._store.client.time()
        self._ahead_ms = seconds * MS + micros / MS - time.monotonic() * MS

    async def _deliver(self) -> None:
        async with aclosing(self._outbox.deliveries()) as deliveries:
            async for entry, delivery in deliveries:
                reach("delivery.begun")
                while len(self._letters) >= MOST_LETTERS and delivery.job not in self._letters:
                    self._left.clear()
                    await self._left.wait()
                self._hand(entry, delivery)

    async def _listen(self) -> None:
        async with aclosing(wire(self._store, self._bot)) as heard:
            async for job, told in heard:
                if (job, told) == SUBSCRIBED:
                    for letter in self._letters.values():
                        letter.stale = True
                        letter.wake()
                elif (known := self._letters.get(job)) is not None:
                    known.hear(told)

    async def _resume_all(self) -> None:
        """Go on with what an earlier process has begun."""
        jobs = [job for job in await self._store.run(placing.live_of(self._bot)) if job not in self._letters]
        for first in range(0, len(jobs), READ_AT_ONCE):
            await asyncio.gather(*map(self._resume, jobs[first : first + READ_AT_ONCE]))

    async def _resume(self, job: str) -> None:
        found = await self._store.run(placing.read_placed(job))
        if found is None or job in self._letters or len(self._letters) >= MOST_LETTERS:
            return
        letter = self._former(found.request, found.view)
        letter.read(found)
        self._look_after(letter)

    async def _look_around(self) -> None:
        """Notice that this process was replaced, and forget chats."""
        while self._replaced is None:
            self._rounds.chats.tidy(time.monotonic())
            with suppress(TimeoutError):
                async with asyncio.timeout(TIDY_S):
                    await self._trouble.wait()
        raise self._replaced

    def _hand(self, entry: str, delivery: Delivery) -> None:
        letter = self._letters.get(delivery.job)
        if letter is None:
            letter = self._former(delivery.request, delivery.view)
            letter.hand(entry, delivery)
            self._look_after(letter)
        else:
            letter.hand(entry, delivery)

    def _former(self, request: JobRequest, view: JobView) -> Letter:
        """Return a letter for a job of which an earlier process may have said something."""
        age_s = max(0.0, (self._now_ms() - view.received_ms) / MS)
        since_s = time.monotonic() - age_s
        return Letter(request, born_s=since_s, since_ms=view.received_ms, unsure_since_s=since_s)

    def _look_after(self, letter: Letter) -> None:
        self._letters[letter.job] = letter
        self._start(self._walk(letter))

    async def _walk(self, letter: Letter) -> None:
        try:
            await self._rounds.walk(letter)
        except AlreadyRunning as exc:
            self._replaced = exc
            self._trouble.set()
        finally:
            del self._letters[letter.job]
            self._left.set()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            # Its delivery is handed out again when the lease is over; the others go on.
            logger.error("a letter was dropped", exc_info=exc, extra={"bot": self._bot})

    def _now_ms(self) -> int:
        return int(time.monotonic() * MS + self._ahead_ms)


async def _together(*work: Coroutine[None, None, None]) -> None:
    """Do all of it until one fails. Who waits here talks to nobody, so that they hear at once when they should stop."""
    tasks = set(map(asyncio.create_task, work))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await put_down(tasks)
