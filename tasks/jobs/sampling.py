"""Samples for the plots, taken by the one sweeper that leads: some reads and one write every ten seconds."""

from __future__ import annotations

from tasks.contracts.clock import Clock, SystemClock
from tasks.jobs import fleet_moves, history, measures
from tasks.jobs.store import Store


class Sampler:
    """Looks at the flock every now and then, and has the ledger keep what it saw."""

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self._store, self._clock = store, clock or SystemClock()
        self._taken_s = float("-inf")

    def look(self) -> bool:
        """Take a sample if it is time for one; returns whether it was."""
        now_s = self._clock.monotonic_s()
        if now_s - self._taken_s < history.EVERY_S:
            return False
        self._taken_s = now_s
        before = self._store.run(history.read(0)).counts
        seen, stats = self._store.run(fleet_moves.status()), self._store.run(fleet_moves.stats())
        counts = history.counts_of(seen, stats, self._store.run(measures.read()))
        self._store.run(history.keep(history.sample(before, counts, seen), counts))
        return True
