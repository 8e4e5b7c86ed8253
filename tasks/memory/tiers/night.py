"""Who looks through the memories every night, a moment at a time, so that whoever asks meanwhile need not wait.

What is left to do is in the store and in the ledger, never in this process: a night that was cut off begins again.
"""

from __future__ import annotations

import logging
import os
import platform
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.fleet import Fleet
from tasks.jobs import bookmarks, moves
from tasks.jobs.crashpoints import reach
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.opening import Opened
from tasks.memory.tiers import steps, writing
from tasks.memory.tiers.audit import Audit, audited, audits
from tasks.memory.tiers.commissioning import Commissions
from tasks.memory.tiers.rounds import Round, due_ms
from tasks.memory.tiers.writing import ALL, Shelf

WHO = "tidying"  # of the bookmarks
OFFICE = "memory"
LEASE_MS = 60_000  # many times what a step takes; one that was killed keeps the next one waiting for so long
MOST_WAITING = 1_000  # continuations
WORKS_S = 5.0  # at a time
PATIENCE_S = 6.0  # until whoever else is at it has had a moment
NOTED = "digest.noted"  # in this process alone; where tests have it die
logger = logging.getLogger(__name__)

Night = Iterator[None]


class Tidier:
    """Looks through the memories of one store."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        fleet: Callable[[], Fleet],
        ending: threading.Event,
        *,
        alone: threading.Lock | None = None,
        clock: Clock | None = None,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self._ledger, self._opened, self._embedder = ledger, opened, embedder
        self._ending, self._alone, self._clock = ending, alone or threading.Lock(), clock or SystemClock()
        self._now_ms = now_ms or self._ledger.now_ms
        self._who = f"{platform.node()}:{os.getpid()}:{secrets.token_hex(6)}"
        self._commissions = Commissions(ledger, fleet)
        self._night: Night | None = None
        self._waiting: deque[Callable[[], None]] = deque(maxlen=MOST_WAITING)

    def tidy(self, which: str = "") -> bool:
        """Look through the memories for a moment, where a night is due or `which` round is wanted; True: more is left.

        One process in the flock, and one thread in it: others are told that nothing is left.

        Raises:
            MemoryUnavailable, StoreUnavailable: the next time it begins again.
        """
        if which:
            self._note("asked", Round(which), self._now_ms())
        if not self._alone.acquire(timeout=PATIENCE_S if which else 0):
            return False  # what was asked for is written down
        try:
            more = self._go_on()
            self._take_up()
        finally:
            self._alone.release()
        return more

    def noted(self, job: str, ids: Sequence[str]) -> None:
        """Put in place what a model made of the turns with these ids; the job's continuation.

        Raises:
            MemoryUnavailable, StoreUnavailable: it is rung again.
        """
        self._soon(lambda: self._commissions.carried_out(self._shelf(), job, ids))

    def summarized(self, job: str, channel: str, messages: Sequence[str]) -> None:
        """Keep the summary of a channel that somebody asked for; the job's continuation. Raises as `noted` does."""
        self._soon(lambda: self._commissions.kept(self._shelf(), job, channel, messages))

    def audit(self) -> Audit:
        """Return what is in the memories, counted. Raises MemoryUnavailable."""
        return audited(steps.everything(self._opened.get(), ALL))

    def _soon(self, work: Callable[[], None]) -> None:
        """Do this now, or have it done by who is at the memories: no thread that recalls is to wait for that.

        What is lost with this process, or with a failure, is rung for again.
        """
        self._waiting.append(work)
        reach(NOTED)
        if not self._alone.acquire(blocking=False):
            return
        try:
            self._take_up()
        finally:
            self._alone.release()

    def _take_up(self) -> None:
        while self._waiting and self._holds():
            self._waiting.popleft()()

    def _go_on(self) -> bool:
        if self._night is None:
            owed = self._owed()
            if not owed or not self._holds():
                return False
            self._night = self._nights(owed)
        until_s = self._clock.monotonic_s() + WORKS_S
        try:
            while self._holds():
                next(self._night)
                if self._ending.is_set() or self._clock.monotonic_s() >= until_s:
                    return not self._ending.is_set()
        except StopIteration:
            self._night = None
            return bool(self._owed())
        except BaseException:
            self._night = None  # a generator that raised is over
            raise
        else:
            self._night = None  # another process has taken over
        return False

    def _nights(self, owed: Sequence[tuple[Round, int]]) -> Night:
        shelf, now_ms, counts = self._shelf(), self._now_ms(), Counter[str]()
        asks = partial(self._commissions.ask, now_ms=now_ms)
        wanted = {which for which, _ in owed}
        night: list[tuple[str, Callable[[], steps.Steps]]] = [
            ("mended", lambda: writing.resumed(shelf.store)),
            ("put together", lambda: steps.day_by_day(shelf, now_ms, asks)),
        ]
        if Round.WEEK in wanted:
            night.append(("settled", lambda: steps.week_by_week(shelf)))
        night += [
            ("corrected", lambda: steps.corrected(shelf)),
            ("pruned", lambda: steps.pruned(shelf, now_ms)),
            ("tasks over", lambda: steps.tasks_over(shelf, now_ms)),
        ]
        for name, step in night:
            for count in step():
                counts[name] += count
                yield
        for which, target in owed:
            self._note("done", which, target)
        if Round.WEEK in wanted and (counts["settled"] or counts["pruned"]):
            yield
            shelf.store.scour()  # what was deleted takes room until then; done is done, whatever comes of it
        found = Audit()
        for so_far in audits(steps.pages(shelf.store, ALL)):
            found = so_far
            yield
        logger.info(
            "the memories were looked through",
            extra={**counts, "memories": found.memories, "junk": found.junk, "tiers": dict(found.tiers)},
        )
        yield from shelf.store.index()

    def _owed(self) -> list[tuple[Round, int]]:
        """Return the rounds that are to be made, each with the moment that it is made up to."""
        rounds = [(which, self._target(which)) for which in Round]
        return [(which, target) for which, target in rounds if self._mark("done", which) < target]

    def _target(self, which: Round) -> int:
        return max(due_ms(which, self._now_ms()), self._mark("asked", which))

    def _mark(self, what: str, which: Round) -> int:
        return int(self._ledger.run(bookmarks.get(WHO, self._named(what, which))) or 0)

    def _note(self, what: str, which: Round, at_ms: int) -> None:
        self._ledger.run(bookmarks.put(WHO, self._named(what, which), at_ms))

    def _named(self, what: str, which: Round) -> str:
        return f"{what}:{which.value}:{self._opened.name}"

    def _shelf(self) -> Shelf:
        return Shelf(self._opened.get(), self._embedder, self._holds)

    def _holds(self) -> bool:
        """Return whether this process is the one that rearranges memories; it is from now on, if nobody else is."""
        return self._ledger.run(moves.lead(OFFICE, self._who, LEASE_MS))
