"""A hall whose nights pass when a test says so."""

from __future__ import annotations

from typing import Any

from tasks.contracts.fleet import Fleet
from tasks.memory.tiers.night import Tidier
from tasks.memory.values import Tier
from tasks.memory.weighing import DAY_MS
from tests.tasks.memory.conftest import Directions
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.tiers.people import FIRST_MS


class Nights:
    """A hall, who looks through its memories, and the time in a test's hands."""

    def __init__(self, hall: Hall, flock: Fleet) -> None:
        self.hall, self.flock = hall, flock
        self.at(0)
        self.tidier = self.anew()

    def anew(self, **how: Any) -> Tidier:
        """Return who looks through them, as in another process."""
        return Tidier(
            self.hall.flock.store,
            self.hall.opened,
            Directions(),
            lambda: self.flock,
            self.hall.ending,
            now_ms=lambda: self.now_ms,
            **how,
        )

    def at(self, day: int, hour: int = 2) -> None:
        """Let it be that hour of that day."""
        self.now_ms = FIRST_MS + day * DAY_MS + hour * 3_600_000 + 60_000

    def live(self, which: str = "") -> None:
        """Look through them until nothing is left."""
        while self.tidier.tidy(which):
            which = ""

    def tiers(self) -> list[Tier]:
        """Return of which tiers the memories are."""
        return [memory.tier for memory in self.hall.remembered()]
