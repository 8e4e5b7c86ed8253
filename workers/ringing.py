"""Beat on several machines: each knows what is due and when, and the one that leads rings."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from celery.beat import PersistentScheduler

from tasks.contracts.errors import RookeryError
from tasks.contracts.queues import MEMORY, TRAINING
from tasks.jobs import moves
from tasks.jobs.store import Store, translated

OFFICE = "beat"
LEAD_MS = 10_000  # a leader that dies is replaced after this long
LOOK_EVERY_S = 2.0
#: A flock may do without who hears these: one bell waits there, at most.
MAY_BE_UNHEARD = frozenset({MEMORY, TRAINING})
logger = logging.getLogger(__name__)


class LeadingScheduler(PersistentScheduler):
    """Rings while it leads; else it lets what is due go by, so that nothing is rung twice when it takes over."""

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        self._ledger, self._name = store, secrets.token_hex(6)
        self._leads: bool | None = None
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """See whether this beat leads, look at what is due once, and return the seconds until the next look."""
        leads = self._ask()
        if leads is not self._leads:
            logger.warning("this beat rings" if leads else "another beat rings, or Redis is away; this one stands by")
        self._leads = leads
        return min(super().tick(*args, **kwargs), LOOK_EVERY_S)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Ring what is due, where this beat leads; not where nobody may be who hears it, and has not heard the last."""
        if self._leads and not self._waits(entry.options.get("queue", "")):
            super().apply_entry(entry, producer=producer)

    def _ask(self) -> bool:
        try:
            return self._ledger.run(moves.lead(OFFICE, self._name, LEAD_MS))
        except RookeryError as exc:
            logger.warning("cannot ask who rings", extra={"error": str(exc)})
            return False

    def _waits(self, queue: str) -> bool:
        """Return whether a bell waits already on a queue that this flock may have no consumer for."""
        if queue not in MAY_BE_UNHEARD:
            return False
        try:
            with translated():
                return bool(self._ledger.client.exists(queue))
        except RookeryError:
            return True
