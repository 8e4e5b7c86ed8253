"""Models that a host loads itself: each in an engine process of its own, or made up by the worker."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from contextlib import suppress

import psutil

from tasks.contracts.clock import Clock
from tasks.contracts.fleet import Model
from workers.adapters import address
from workers.children import ENGINE, Station
from workers.residency.loading import Failed, Failure, Loaded
from workers.residency.memory import Listing
from workers.supervision.supervise import ChildState, Phase, Supervisor

GIB = 2**30
UNLIMITED = 1_000
#: For tests: how long a model that is made up takes to load.
FAKE_LOAD_ENV = "ROOKERY_TEST_LOAD_S"
#: What llama.cpp and its backends say when there is no room.
NO_MEMORY = re.compile(
    r"out of memory|failed to allocate|unable to allocate|cannot allocate|OutOfMemory", re.IGNORECASE
)
#: A line of llama.cpp's log that tells of an error, and what it tells.
ERROR_LINE = re.compile(r"[\d.]+ E (?:\S+: )?(.+)")
#: An engine that died so often before it was ready does not come back by itself.
DEATHS = 3
REASON_CHARS = 300


class OwnMemory:
    """The engine processes of a host, as children of its agent."""

    at_once = UNLIMITED
    watched = False

    def __init__(
        self, supervisor: Supervisor, clock: Clock, weights_gib: Callable[[Model], float | None] = lambda _model: None
    ) -> None:
        self._supervisor, self._clock, self._weights_gib = supervisor, clock, weights_gib
        self._made_up: dict[str, float] = {}

    def load(self, station: Station) -> None:
        """Start the engine process."""
        if station.engine is None:
            self._made_up[station.slug] = self._clock.monotonic_s() + float(os.environ.get(FAKE_LOAD_ENV) or 0.0)
        else:
            if station.told_file is not None:
                address.forget(station.told_file)
            self._supervisor.add(station.engine)

    def loaded(self, slug: str) -> Loaded | Failed | None:
        """Return whether the engine answers, or has died."""
        if slug in self._made_up:
            return Loaded() if self._clock.monotonic_s() >= self._made_up[slug] else None
        state = self._state(slug)
        if state is None:
            return Failed(Failure("ProcessFailed", "its engine was stopped"))
        if state.phase is Phase.READY:
            return Loaded()
        return Failed(self._obituary(state)) if state.failures else None

    def unload(self, station: Station) -> None:
        """End the engine process."""
        self._made_up.pop(station.slug, None)
        if station.engine is not None:
            self._supervisor.remove(station.engine.name, wait=False)

    def unloaded(self, slug: str) -> Failure | bool:
        """Return whether the process has ended, and so given its memory back."""
        return self._state(slug) is None

    def size_gib(self, station: Station) -> float | None:
        """Return the memory of the process; at least its weights, which may lie in an accelerator or unread on disk."""
        state = self._state(station.slug)
        if state is None or state.pid is None:
            return None
        taken = _resident_bytes(state.pid)
        return None if taken is None else max(taken / GIB, self._weights_gib(station.model) or 0.0)

    def answers(self, slug: str) -> bool:
        """Return whether the engine process is up."""
        state = self._state(slug)
        return slug in self._made_up or (state is not None and state.phase is Phase.READY)

    def lost(self, slug: str) -> Failure | None:
        """Return why an engine does not come back: it died again and again before it was ready."""
        state = self._state(slug)
        if state is None or state.failures < DEATHS or state.phase is not Phase.WAITING or state.ready_in_s is not None:
            return None
        return self._obituary(state)

    def listing(self) -> Listing | None:
        """Return None: nobody else loads anything here."""
        return None

    def close(self) -> None:
        """Do nothing: the children are the supervisor's."""

    def _state(self, slug: str) -> ChildState | None:
        return self._supervisor.states().get(ENGINE + slug)

    def _obituary(self, state: ChildState) -> Failure:
        said = self._supervisor.failure(state.name)
        killed = state.exit_code == -signal.SIGKILL  # by the kernel, more likely than by anybody else
        no_memory = killed or bool(NO_MEMORY.search(said.message))
        kind = "OutOfMemory" if no_memory else "ModelLoadFailed"
        return Failure(kind, in_short(said.message), no_memory)


def in_short(message: str) -> str:
    r"""Return what an obituary comes to in one line: the last word of the dead, and the first error before it.

    >>> in_short("engine-m ended with exit code 3; it said:\n  0.0 E gguf: bad magic\n  could not load m → see above")
    'could not load m: bad magic'
    """
    what, *said = message.split("\n  ")
    errors = [found[1] for line in said if (found := ERROR_LINE.match(line))]
    if not said or ERROR_LINE.match(said[-1]):
        parts = [what.removesuffix("; it said:"), *errors[:1]]
    else:
        parts = [said[-1].split(" → ")[0], *errors[:1]]
    return ": ".join(parts)[:REASON_CHARS]


def _resident_bytes(pid: int) -> int | None:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        with suppress(psutil.AccessDenied):
            full = process.memory_full_info()
            return int(getattr(full, "pss", full.rss))
        return int(process.memory_info().rss)
    return None
