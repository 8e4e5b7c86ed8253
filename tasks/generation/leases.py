"""Leases of the jobs in this process's hands, renewed by one thread, whatever the answering threads are busy with."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.contracts.errors import RookeryError
from tasks.jobs import moves
from tasks.jobs.store import Store
from tasks.services import Hold

RENEWALS_PER_LEASE = 3
LONGEST_WAIT_S = 1.0  # with each renewal comes the news of a withdrawal, or of a person who waits
logger = logging.getLogger(__name__)


class LeaseRenewer:
    """Everything this worker holds; see `tasks.services.Leases`."""

    def __init__(self, store: Store, slots: int, lease_ms: int) -> None:
        self._store, self._slots = store, slots
        self.every_s = min(lease_ms / 1000 / RENEWALS_PER_LEASE, LONGEST_WAIT_S)
        self._holds: dict[str, Hold] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        """Start renewing."""
        self._thread.start()

    def stop(self) -> None:
        """Stop renewing."""
        self._stop.set()

    @contextmanager
    def holding(self, job: str, fence: int) -> Iterator[Hold]:
        """Keep a job's lease for as long as the block runs."""
        hold = Hold(job, fence)
        with self._lock:
            self._holds[job] = hold
        try:
            yield hold
        finally:
            with self._lock:
                if self._holds.get(job) is hold:
                    del self._holds[job]

    def renew(self) -> None:
        """Renew every lease once, and note what the ledger says of each."""
        with self._lock:
            held = list(self._holds.values())
        if not held:
            return
        words = self._store.run(moves.renew(self._slots, [(hold.job, hold.fence) for hold in held]))
        for hold, word in zip(held, words, strict=True):
            hold.word = word

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            try:
                self.renew()
            except RookeryError as exc:
                logger.warning("leases not renewed", extra={"error": str(exc)})
