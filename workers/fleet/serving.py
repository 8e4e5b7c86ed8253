"""An agent serves its host as the fleet file says, and starts anew when that says something else.

It leaves as always, so what it has in hand is finished first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tasks.contracts import roles
from tasks.contracts.errors import UnknownThing
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings

#: A host that is gone from the file is ended by `rookery up`; where there is none, the agent leaves after so long.
GONE_S = 5.0
#: What agents and their workers are told of [jobs]; the rest comes with each job.
OF_AGENTS = (
    "deadline_s",
    "lease_s",
    "no_progress_s",
    "prefill_tokens_per_s",
    "request_timeout_s",
    "load_timeout_s",
    "load_attempts",
)
Serve = Callable[[Settings, Host, threading.Event, Callable[[], Fleet]], None]
"""Serve a host with these settings until the event; the last one is the fleet file as it is now."""


class Ending(threading.Event):
    """Is set when it was, and when `also` says so."""

    def __init__(self, also: Callable[[], bool]) -> None:
        super().__init__()
        self._also = also

    def is_set(self) -> bool:
        """Return whether it is time to end."""
        return super().is_set() or self._also()


def serve(settings: Settings, name: str, environ: Mapping[str, str], ended: threading.Event, agent: Serve) -> None:
    """Run `agent` for the host of that name until `ended`, or until the host is none of this machine's any more."""
    watch = FleetWatch(settings, environ, roles.HOST)
    while not ended.is_set():
        now = watch.current()
        card = card_of(now, name)
        if card is None:
            return
        agent(now, now.fleet.host(name), Ending(_Change(watch, name, card, ended)), lambda: watch.current().fleet)


def card_of(settings: Settings, name: str) -> dict[str, Any] | None:
    """Return all that an agent is started with; None where the host is not to be served here."""
    try:
        host = settings.fleet.host(name)
    except UnknownThing:
        return None
    if not (host.enabled and settings.belongs_here(host)):
        return None
    models = [model.model_dump() for model in settings.fleet.models_of(name)]
    jobs, health = settings.fleet.jobs.model_dump(include=set(OF_AGENTS)), settings.fleet.health.model_dump()
    return {**host.model_dump(), "held": models, "jobs": jobs, "health": health}


class _Change:
    """Whether an agent has to end: it was told to, or what it was started with is another thing now."""

    def __init__(self, watch: FleetWatch, name: str, card: dict[str, Any], ended: threading.Event) -> None:
        self._watch, self._name, self._card, self._ended = watch, name, card, ended
        self._seen = watch.current()
        self._gone_s: float | None = None

    def __call__(self) -> bool:
        now = self._watch.current()
        if now is not self._seen:
            self._seen, card = now, card_of(now, self._name)
            if card is not None and card != self._card:
                return self._begin_anew()
            self._gone_s = time.monotonic() if card is None else None
        left = self._gone_s is not None and time.monotonic() - self._gone_s >= GONE_S
        return self._ended.is_set() or left

    def _begin_anew(self) -> bool:
        self._gone_s = time.monotonic() - GONE_S  # and so it stays until the agent has ended
        return True
