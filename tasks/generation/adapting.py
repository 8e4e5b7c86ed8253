"""Which adapter answers a job, decided when it is claimed: the one that an operator wrote, else what is served."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tasks.contracts.canary import Served, version_for
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RookeryError
from tasks.contracts.learning import adapter_name
from tasks.contracts.messages import JobRequest
from tasks.generation.inhand import Answering
from tasks.jobs import adapters
from tasks.jobs.store import Store
from tasks.services import Engine

#: How long what the ledger said of all personas is taken for true, by all threads of a worker.
KNOWN_FOR_S = 1.0


@dataclass(frozen=True)
class Seat:
    """Who answers one job, from its first word to its last."""

    engine: Engine
    adapter: str = ""
    missed: bool = False
    """What is served for the persona is not there: the base answers in its place."""


class ServedAdapters:
    """What is served for each persona that learns, as it was a second ago at most. For all threads of a worker.

    While Redis does not answer, what it said last holds. Where nobody learns it is never asked.
    """

    def __init__(self, store: Store, learners: Callable[[], Collection[str]], clock: Clock | None = None) -> None:
        """`learners` are the personas that learn, as the fleet file is now."""
        self._store, self._learners, self._clock = store, learners, clock or SystemClock()
        self._lock = threading.Lock()
        self._known: Mapping[str, Served] | None = None
        self._ask_at_s = -math.inf

    def name_for(self, persona: str, job: str) -> str:
        """Return the adapter that a job of a persona is answered with; empty: the base alone."""
        if not persona or persona not in self._learners():
            return ""
        version = version_for(self._of(persona), job)
        return adapter_name(persona, version) if version else ""

    def _of(self, persona: str) -> Served:
        with self._lock:
            if self._clock.monotonic_s() >= self._ask_at_s:
                self._known = self._asked()
                self._ask_at_s = self._clock.monotonic_s() + KNOWN_FOR_S
            return (self._known or {}).get(persona, Served())

    def _asked(self) -> Mapping[str, Served]:
        try:
            return self._store.run(adapters.every())
        except RookeryError:
            if self._known is None:
                raise
            return self._known


@contextmanager
def seated(work: Answering) -> Iterator[Seat]:
    """Yield who answers, for as long as the answer takes: neither engine nor adapter changes meanwhile.

    What an operator wrote into the file is demanded, whether or not it is there: then the engine says so.
    """
    desk, asked = work.desk, work.claim.request.adapter
    wanted = asked or _served_for(work.claim.request, work)
    with desk.lend(wanted) as (engine, has_it):
        yield Seat(engine, wanted if asked or has_it else "", missed=bool(wanted) and not asked and not has_it)


def _served_for(request: JobRequest, work: Answering) -> str:
    """Return what is served for a person's own question; what tasks ask of a model is asked of the base."""
    if work.desk.served is None or request.then is not None:
        return ""
    return work.desk.served.name_for(request.persona, work.claim.job)
