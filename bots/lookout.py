"""What the flock is seen to do, for people who wait: who is loading their model, and whether anybody has it.

Many may wait at once; the ledger is asked for all of them together, and not more often than a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RetryableError
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.queues import slug
from tasks.jobs import fleet_moves
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import HostSeen, Status

FRESH_S = 1.0
READY = "ready"
COMING = frozenset({"waiting", "loading", "starting"})  # what an agent says of a model that does not answer yet


@dataclass(frozen=True)
class Prospect:
    """What a job that waits may hope for."""

    loading: str = ""
    """The host that is loading its model now."""
    ready: bool = False
    """Whether a host has its model in memory."""


UNKNOWN = Prospect()


class Lookout:
    """Looks at the flock on behalf of everybody who waits."""

    def __init__(self, store: AsyncStore, clock: Clock | None = None) -> None:
        self._store, self._clock = store, clock or SystemClock()
        self._seen: Status | None = None
        self._looked_s = float("-inf")
        self._looking = asyncio.Lock()

    async def status(self) -> Status | None:
        """Return the flock at a glance, at most a second old; None while Redis is away."""
        async with self._looking:  # those who ask while somebody looks share what is seen
            if self._clock.monotonic_s() - self._looked_s >= FRESH_S:
                try:
                    self._seen = await self._store.run(fleet_moves.status())
                except RetryableError:
                    self._seen = None
                self._looked_s = self._clock.monotonic_s()
            return self._seen

    async def prospect(self, view: JobView) -> Prospect:
        """Return what a job may hope for; nothing is known of one that does not wait for a host."""
        if view.state is not JobState.QUEUED:
            return UNKNOWN
        seen = await self.status()
        return prospect_of(view.model, seen.hosts) if seen else UNKNOWN


def prospect_of(model: str, hosts: tuple[HostSeen, ...]) -> Prospect:
    """Return what a job for `model` may hope for from these hosts."""
    states = [
        (host.name, held["state"])
        for host in hosts
        if host.live
        for held in host.about.get("models", [])
        if held.get("slug", slug(held["name"])) == slug(model)
    ]
    loading = next((name for name, state in states if state in COMING), "")
    return Prospect(loading, any(state == READY for _, state in states))
