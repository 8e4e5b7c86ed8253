"""The answer as it grows: pieces in, deltas out to the record, coalesced so that Redis is not asked per token."""

from __future__ import annotations

from tasks.contracts.clock import Clock
from tasks.contracts.errors import JobMoved, StoreFull, StoreUnavailable
from tasks.jobs import moves
from tasks.jobs.store import Store
from tasks.services import Hold

COALESCE_S = 0.075  # a person reads no faster than this
FIRST_S = 0.002  # the first words wait this long for company, so that an answer that is there at once is one write


class Draft:
    """What has been written for one job, and how much of it the record has."""

    def __init__(self, store: Store, hold: Hold, clock: Clock) -> None:
        self._store, self._hold, self._clock = store, hold, clock
        self._parts: list[str] = []
        self._pending = ""
        self._sent_bytes = 0
        self._due_s = 0.0  # when what is pending goes out

    @property
    def text(self) -> str:
        """Return everything written so far."""
        return "".join(self._parts)

    def add(self, text: str) -> None:
        """Take a piece, and pass on what has gathered if it is time. Raises JobMoved when the job was taken away."""
        if not self._parts:
            text = text.lstrip()  # many models begin with a blank that nobody means
        if text:
            if not self._parts:
                self._due_s = self._clock.monotonic_s() + FIRST_S
            self._parts.append(text)
            self._pending += text
        if self._pending and self._clock.monotonic_s() >= self._due_s:
            self._pass_on()

    def _pass_on(self) -> None:
        self._due_s = self._clock.monotonic_s() + COALESCE_S
        try:
            held = self._store.run(moves.delta(self._hold.job, self._hold.fence, self._sent_bytes, self._pending))
        except (StoreUnavailable, StoreFull):
            return  # deltas may be late; the whole answer goes with the last move
        if not held:
            raise JobMoved(f"job {self._hold.job} was withdrawn or given to another worker")
        self._sent_bytes += len(self._pending.encode())
        self._pending = ""
