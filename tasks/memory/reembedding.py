"""A change of the model that makes vectors: every memory is carried over, a few at a time, while all of them are found.

Everything is carried over, not read from the transcript again: that knows neither what was pinned, summed up or noted,
nor what was forgotten since. So the new place goes on in the transcript where the former one was.
"""

from __future__ import annotations

import logging
import threading

from tasks.contracts.clock import Clock, SystemClock
from tasks.jobs import bookmarks
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.opening import Opened
from tasks.memory.stores.carrying import ALL, Carrying
from tasks.memory.values import Whole

WHO = "memory"  # of the bookmarks
WORKS_S = 5.0  # at a time
logger = logging.getLogger(__name__)


class Reembedder:
    """Carries memories over to the model that is in use, one thread at a time."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        ending: threading.Event,
        clock: Clock | None = None,
        *,
        alone: threading.Lock | None = None,
    ) -> None:
        self._ledger, self._opened, self._embedder, self._ending = ledger, opened, embedder, ending
        self._clock, self._alone, self._begun = clock or SystemClock(), alone or threading.Lock(), False

    def carry(self) -> bool:
        """Carry memories over for a moment, where another model made their vectors; True while more are left.

        Raises:
            MemoryUnavailable, StoreUnavailable: the next time goes on where this one ended.
        """
        store = self._opened.get()
        if not isinstance(store, Carrying) or not store.former or not self._alone.acquire(blocking=False):
            return False
        try:
            self._begin(store)
            until_s = self._clock.monotonic_s() + WORKS_S
            while self._step(store):
                if self._ending.is_set() or self._clock.monotonic_s() >= until_s:
                    return not self._ending.is_set()
        finally:
            self._alone.release()
        logger.info("all memories have been carried over", extra={"model": self._embedder.model})
        return False

    def _begin(self, store: Carrying) -> None:
        """Let the new place go on in the transcript where the former one was."""
        marks = self._ledger.run(bookmarks.get_many(WHO))
        former = max((int(marks.get(one.name, 0)) for one in store.former), default=0)
        if former:
            self._ledger.run(bookmarks.put(WHO, self._opened.name, former))
        if not self._begun:
            left = sum(one.store.count(Whole(), ALL) for one in store.former)
            logger.warning("memories are carried over to another model", extra={"memories": left})
        self._begun = True

    def _step(self, store: Carrying) -> bool:
        before = store.former
        more = store.carry(self._embedder)
        for gone in {one.name for one in before} - {one.name for one in store.former}:
            self._ledger.run(bookmarks.forget(WHO, gone))
        return more
