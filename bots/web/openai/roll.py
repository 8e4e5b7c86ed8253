"""Who takes messages just now, known for a second: a request more or less is no reason to ask Redis."""

from __future__ import annotations

from collections.abc import Mapping

from bots import conversation
from tasks.contracts.clock import Clock, SystemClock
from tasks.jobs import roster
from tasks.jobs.roster import PersonaState
from tasks.jobs.store import AsyncStore

FRESH_S = 1.0


class Roll:
    """Remembers which personas are disabled."""

    def __init__(self, store: AsyncStore, clock: Clock | None = None) -> None:
        self._store, self._clock = store, clock or SystemClock()
        self._states: Mapping[str, PersonaState] = conversation.NOBODY_AWAY
        self._until_s = float("-inf")

    async def states(self) -> Mapping[str, PersonaState]:
        """Return what is known of personas that are disabled. Raises StoreUnavailable."""
        if self._clock.monotonic_s() >= self._until_s:
            states = await self._store.run(roster.disabled())
            self._states = states
            self._until_s = self._clock.monotonic_s() + FRESH_S
        return self._states
