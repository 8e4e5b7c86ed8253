"""A worker's shift: from the bell that Celery heard, on to the next ones, until it has been quiet for a while.

A bell that comes through Celery passes its loop and a thread of its pool, which takes longer than a claim. Whoever has
just answered therefore stays at the queue for a moment and hears the next bell there. Celery hears all others.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.queues import model_queue
from tasks.generation.answering import Went
from tasks.jobs.store import Store, translated

STAYS_S = 5.0  # after the last answer
LISTENS_S = 0.5  # at a time; a worker that is told to end notices it in between
JOBS = 50  # then the worker's loop has its turn, and Flower sees a task end


def work(
    answer_next: Callable[[], Went],
    hear: Callable[[float], bool],
    ending: threading.Event,
    clock: Clock | None = None,
    *,
    leave: Callable[[], None] = lambda: None,
) -> None:
    """Answer one job after another, listening in between, until it stays quiet, a bound is reached, or it must end.

    `leave` gives the bell that was heard last to others: it came as the worker was told to end.
    """
    clock = clock or SystemClock()
    for answered in itertools.count(1):
        went = answer_next()
        if went is Went.AWAY or ending.is_set() or answered >= JOBS:
            return
        if went is Went.QUIET and not _heard(hear, ending, clock):
            return
        if went is Went.QUIET and ending.is_set():
            leave()
            return


def _heard(hear: Callable[[float], bool], ending: threading.Event, clock: Clock) -> bool:
    leaves_s = clock.monotonic_s() + STAYS_S
    while not ending.is_set() and clock.monotonic_s() < leaves_s:
        if hear(LISTENS_S):
            return True
    return False


class Bells:
    """The bells of one model, as one thread hears them.

    One that is heard and led to nothing is no loss: the ledger rings again for what waits, a moment later.
    """

    def __init__(self, model: str, store: Store) -> None:
        self._queue, self._store = model_queue(model), store
        self._last: Any = None

    def hear(self, wait_s: float) -> bool:
        """Wait so many seconds for a bell, and return whether one came."""
        with translated():
            heard = self._store.client.brpop([self._queue], timeout=wait_s)
        self._last = heard and heard[1]
        return heard is not None

    def leave(self) -> None:
        """Put back the bell that was heard last."""
        with translated():
            self._store.client.rpush(self._queue, self._last)
