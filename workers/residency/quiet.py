"""A host in its quiet hours does as if it was told to pause: it takes nothing new, and finishes what it has in hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tasks.contracts.quiet import quiet_until
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard, Word
from workers.residency.ledger import Sight, StoreLedger


def wall_clock() -> datetime:
    """Return the time as the clock on the wall here has it."""
    return datetime.now(UTC).astimezone()


class QuietLedger(StoreLedger):
    """The ledger of a host with quiet hours. What the operator says besides, stands: a drain goes on at night."""

    def __init__(
        self, store: Store, card: HostCard, quiet_hours: str, wall: Callable[[], datetime] = wall_clock
    ) -> None:
        super().__init__(store, card)
        self._quiet_hours, self._wall = quiet_hours, wall

    def look(self, residents: Sequence[str]) -> Sight | None:
        """Look around; None where the host's name has been taken over."""
        sight = super().look(residents)
        if sight is None or sight.word is not Word.RUN or quiet_until(self._quiet_hours, self._wall().time()) is None:
            return sight
        return dataclasses.replace(sight, word=Word.PAUSE)
