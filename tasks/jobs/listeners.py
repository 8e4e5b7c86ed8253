"""Listeners of other packages: each hears every move of every job, in a process of its own, so that none harms another.

Nobody waits for a listener. One that is slow misses what is more than it can keep, one that raises goes on with the
next event, and one that hangs or crashes ends with its process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from tasks.contracts import packages
from tasks.contracts.errors import RookeryError
from tasks.contracts.settings import Settings
from tasks.jobs.events import LOOK_S, JobEvent, listen
from tasks.jobs.store import Store

MOST_WAITING = 10_000
AGAIN_S = 1.0
TOLD_EVERY_S = 10.0  # that events were missed, or that the listener fails
LISTENER = "listener"
logger = logging.getLogger(__name__)

Listener = Callable[[JobEvent], None]
Factory = Callable[[Settings, Mapping[str, str]], Listener]
"""What an entry point in the group `rookery.listeners` names: settings and environment in, a listener out.

Raises ConfigurationError when it was not told what it needs, and names the variable.
"""


def names() -> list[str]:
    """Return the listeners that are installed."""
    return sorted(packages.brought(packages.LISTENERS))


def create(name: str, settings: Settings, environ: Mapping[str, str]) -> Listener:
    """Return a listener.

    Raises:
        ConfigurationError: no package brings it along, it cannot be loaded, or it was not told what it needs.
    """
    factory: Factory = packages.load(packages.LISTENERS, name, LISTENER)
    return factory(settings, environ)


class Hall:
    """Hears what happens, on a thread of its own, and hands it to one listener, on the thread that calls `serve`.

    So Redis never waits for a listener, however long that takes over an event.
    """

    def __init__(self, store: Store, most: int = MOST_WAITING, look_s: float = LOOK_S) -> None:
        self._store, self._most, self._look_s = store, most, look_s
        self._waiting: deque[JobEvent] = deque()
        self._came = threading.Condition()
        self._missed = 0
        self._ending = False
        self._hearing = threading.Thread(target=self._hear, name="events", daemon=True)
        self.hears = threading.Event()
        """Set while it listens to Redis."""

    def start(self) -> None:
        """Begin to hear."""
        self._hearing.start()

    def stop(self) -> None:
        """Have `serve` return once it has handed on what was heard."""
        with self._came:
            self._ending = True
            self._came.notify_all()

    def close(self) -> None:
        """Stop, and wait until nothing is heard any more."""
        self.stop()
        self._hearing.join()

    def serve(self, listener: Listener) -> None:
        """Hand on what happens until `stop` is called. What the listener raises is told to the log."""
        failures = Seldom("a listener failed")
        while (event := self._next()) is not None:
            try:
                listener(event)
            except Exception as exc:  # noqa: BLE001 (somebody else's code; the next event is none the worse for it)
                failures.note(job=event.job, error=f"{type(exc).__name__}: {exc}"[:300])

    def put(self, event: JobEvent) -> None:
        """Keep an event for the listener; where there are too many, the oldest is forgotten."""
        with self._came:
            if len(self._waiting) >= self._most:
                self._waiting.popleft()
                self._missed += 1
            self._waiting.append(event)
            self._came.notify()

    def _next(self) -> JobEvent | None:
        with self._came:
            self._came.wait_for(lambda: self._waiting or self._ending)
            return self._waiting.popleft() if self._waiting else None

    def _hear(self) -> None:
        missed = Seldom("a listener is too slow")
        while not self._ending:
            try:
                for event in listen(self._store, self._look_s):
                    if self._ending:
                        return
                    self.hears.set()
                    if event is not None:
                        self.put(event)
                    if self._missed:
                        missed.note(missed=self._missed)
            except RookeryError as exc:
                self.hears.clear()
                logger.warning("no events for now", extra={"error": str(exc)})
                time.sleep(AGAIN_S)


class Seldom:
    """A line of the log that could come with every event, and comes every ten seconds at most."""

    def __init__(self, line: str) -> None:
        self._line, self._told_s = line, float("-inf")

    def note(self, **about: object) -> None:
        """Write the line, unless it was written a moment ago."""
        if time.monotonic() - self._told_s >= TOLD_EVERY_S:
            self._told_s = time.monotonic()
            logger.warning(self._line, extra=about)
