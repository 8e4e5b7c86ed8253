"""The memory of an inference server: asked in threads, so that the agent never waits for it.

The server may have a mind of its own: its owner loads and unloads there too, it is restarted, it lets idle models go.
So it is asked again and again what it holds, and what it says is what counts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from tasks.contracts.clock import Clock
from tasks.contracts.errors import EngineUnavailable, ModelLoadFailed, OutOfMemory, RookeryError
from tasks.services import Engine
from workers.children import Station
from workers.residency.loading import Failed, Failure, Loaded
from workers.residency.memory import Listing

LISTING_EVERY_S = 2.0
#: Somebody else's server is asked less often: what it lists rarely changes, and every question goes far.
CLOUD_LISTING_EVERY_S = 60.0
logger = logging.getLogger(__name__)


class Call:
    """A call in a thread of its own."""

    def __init__(self, what: Callable[[], None], name: str) -> None:
        self._what, self._done = what, False
        self._error: RookeryError | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._what()
        except RookeryError as exc:
            self._error = exc
        else:
            self._done = True

    def outcome(self) -> RookeryError | bool:
        """Return True once it has succeeded, False while it goes on, or its error."""
        if self._thread.is_alive():
            return False
        if self._done:
            return True
        return self._error or EngineUnavailable("the call to the engine broke off", next_step="see the log")


class ServerMemory:
    """What a server holds."""

    at_once = 1
    watched = True

    def __init__(self, engine: Engine, clock: Clock, *, cloud: bool = False, woken: Callable[[], None]) -> None:
        self._engine, self._clock, self._woken = engine, clock, woken
        self._every_s = CLOUD_LISTING_EVERY_S if cloud else LISTING_EVERY_S
        self._loads: dict[str, Call] = {}
        self._unloads: dict[str, Call] = {}
        self._listing: Listing | None = None
        self._can_load: bool | None = None
        self._closed, self._asked = threading.Event(), threading.Event()
        threading.Thread(target=self._keep_asking, name="engine-listing", daemon=True).start()

    def load(self, station: Station) -> None:
        """Ask for the model; loading may take minutes."""
        name = station.model.name
        self._loads[station.slug] = Call(lambda: self._engine.ensure_loaded(name), f"load-{station.slug}")

    def loaded(self, slug: str) -> Loaded | Failed | None:
        """Return whether the server has it."""
        outcome = self._loads[slug].outcome()
        if outcome is False:
            return None
        self._asked.set()
        return Loaded() if outcome is True else Failed(_failure(outcome))

    def unload(self, station: Station) -> None:
        """Ask the server to let it go."""
        self._loads.pop(station.slug, None)
        name = station.model.name
        self._unloads[station.slug] = Call(lambda: self._engine.unload(name), f"unload-{station.slug}")

    def unloaded(self, slug: str) -> Failure | bool:
        """Return whether the server has let it go."""
        outcome = self._unloads[slug].outcome() if slug in self._unloads else True
        if outcome is False:
            return False
        self._unloads.pop(slug, None)
        self._asked.set()
        return True if outcome is True else _failure(outcome)

    def size_gib(self, station: Station) -> float | None:
        """Return what the server last said of it."""
        return self._listing.sizes_gib.get(station.model.name) if self._listing else None

    def answers(self, slug: str) -> bool:
        """Return True: whether a server answers is found out by those who ask it."""
        return True

    def lost(self, slug: str) -> Failure | None:
        """Return None: what is missing in the listing is known by that."""
        return None

    def listing(self) -> Listing | None:
        """Return what the server last said."""
        return self._listing

    def close(self) -> None:
        """Stop asking."""
        self._closed.set()
        self._asked.set()

    def _keep_asking(self) -> None:
        while not self._closed.is_set():
            before, self._listing = self._listing, self._ask()
            if before is None or before.names != self._listing.names or before.trouble != self._listing.trouble:
                self._woken()
            self._asked.wait(self._every_s)
            self._asked.clear()

    def _ask(self) -> Listing:
        asked_s = self._clock.monotonic_s()
        try:
            if self._can_load is None:
                self._can_load = self._engine.capabilities().loads
            names = frozenset(self._engine.list_resident())
            sizes = dict(self._engine.sizes_gib())
        except RookeryError as exc:
            return Listing(asked_s, trouble=exc.message)
        except Exception as exc:  # a bug of the engine's client must not end this thread: nobody would notice
            logger.exception("the engine could not be asked")
            return Listing(asked_s, trouble=f"{type(exc).__name__} in the engine's client")
        return Listing(asked_s, names, sizes, self._can_load)


def _failure(error: RookeryError) -> Failure:
    kind = type(error).__name__
    if not isinstance(error, (ModelLoadFailed, OutOfMemory)):
        kind = f"{ModelLoadFailed.__name__} ({kind})"
    return Failure(kind, error.message, isinstance(error, OutOfMemory))
