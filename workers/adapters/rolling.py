"""One host at a time: which one may change its adapters for a model now is an office in the ledger."""

from __future__ import annotations

import math

from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from tasks.contracts.queues import slug
from tasks.jobs import moves
from tasks.jobs.store import Store

LEASE_MS = 10_000  # how long a host that was killed over it keeps the next one waiting
RENEW_S = 2.0
ASK_AGAIN_S = 0.3


class Turn:
    """The turn of one host; nothing here waits. While Redis is away nobody's turn comes."""

    def __init__(self, store: Store, host: str, fence: int, clock: Clock) -> None:
        self._store, self._who, self._clock = store, f"{host}:{fence}", clock
        self._office = ""
        self._ask_at_s = -math.inf

    def take(self, model: str) -> bool:
        """Return whether it is this host's turn with a model, from then on until it leaves; ask often."""
        if self._office == office_of(model):
            return True
        now_s = self._clock.monotonic_s()
        if now_s < self._ask_at_s:
            return False
        self._ask_at_s = now_s + ASK_AGAIN_S
        self.leave()
        if self._lead(office_of(model)):
            self._office, self._ask_at_s = office_of(model), now_s + RENEW_S
        return bool(self._office)

    def keep(self) -> None:
        """Go on with it; call this often."""
        if self._office and (now_s := self._clock.monotonic_s()) >= self._ask_at_s:
            self._ask_at_s = now_s + RENEW_S
            self._lead(self._office)

    def leave(self) -> None:
        """Let the next host have its turn."""
        office, self._office = self._office, ""
        if office:
            self._ask_at_s = -math.inf
            try:
                self._store.run(moves.resign(office, self._who))
            except RookeryError:
                return  # it lapses

    def _lead(self, office: str) -> bool:
        try:
            return self._store.run(moves.lead(office, self._who, LEASE_MS))
        except RookeryError:
            return False


def office_of(model: str) -> str:
    """Return the office for changes of the adapters of one model."""
    return f"adapters:{slug(model)}"
