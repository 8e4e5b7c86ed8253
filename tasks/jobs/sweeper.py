"""The candidate sweeper in every long-lived process: one leads by lease, looks every second, mends what was lost."""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import replace

from tasks.contracts.errors import RookeryError
from tasks.jobs import moves
from tasks.jobs.sampling import Sampler
from tasks.jobs.store import Store
from tasks.jobs.values import Swept

LOOK_EVERY_S = 1.0
LEAD_MS = 2_500  # a leader that dies is replaced after this long; two looks may be late before that
logger = logging.getLogger(__name__)


class Sweeper:
    """Looks after leases, deadlines and lost bells, on a thread of its own."""

    def __init__(self, store: Store, every_s: float = LOOK_EVERY_S) -> None:
        self.store, self.every_s = store, every_s
        self.name = secrets.token_hex(6)
        self._sampler = Sampler(store)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def look(self) -> Swept:
        """Sweep once."""
        seen = self.store.run(moves.sweep(self.name, LEAD_MS))
        return replace(seen, rerouted=self.store.run(moves.reroute())) if seen.leads else seen

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; another candidate takes over when the lease ends."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            try:
                seen = self.look()
            except RookeryError as exc:
                logger.warning("sweep failed", extra={"error": str(exc)})
                continue
            if seen.leads:
                self._sample()
            for job in seen.told:
                logger.info("ended in a notice", extra={"job": job})
            for job in seen.rerouted:
                logger.info("went on to who is there", extra={"job": job})
            if seen.moved or seen.rung:
                logger.info("swept", extra={"moved": seen.moved, "rung": seen.rung})

    def _sample(self) -> None:
        try:
            self._sampler.look()
        except RookeryError as exc:
            logger.warning("no sample was taken", extra={"error": str(exc)})
        except Exception:  # of what hosts say of themselves, whichever version; plots are not worth a sweeper
            logger.exception("no sample was taken")
