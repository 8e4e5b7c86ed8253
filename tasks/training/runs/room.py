"""Room for a run in the memory of this machine: claimed of the host here, whose agent makes it, and given back."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import RookeryError, ServerBusy
from tasks.jobs import claims, fleet_moves
from tasks.jobs.store import Store
from tasks.training.runs.spec import Interrupted, RunSpec

PATIENCE_S = 600.0  # models in use finish what they have in hand
LOOK_EVERY_S = 0.5
logger = logging.getLogger(__name__)


class Room(Protocol):
    """Where a run has the memory that it takes."""

    def take(self, spec: RunSpec) -> None:
        """Have it, from now on. Idempotent.

        Raises:
            RetryableError: it cannot be had now.
            Interrupted: this worker is to end.
        """
        ...

    def give_back(self) -> None:
        """Have it no more. Idempotent, and never fails."""
        ...


class Anywhere:
    """Room that nobody keeps: no host of this machine has its memory."""

    def take(self, spec: RunSpec) -> None:
        """Return at once."""

    def give_back(self) -> None:
        """Return at once."""


class HostRoom:
    """Room in the memory of one host, which its agent shares out."""

    def __init__(
        self,
        store: Store,
        host: str,
        needs_gib: Callable[[RunSpec], float],
        ending: threading.Event,
        *,
        patience_s: float = PATIENCE_S,
        clock: Clock | None = None,
    ) -> None:
        self._store, self._host, self._needs_gib, self._ending = store, host, needs_gib, ending
        self._patience_s, self._clock = patience_s, clock or SystemClock()
        self._given_back = threading.Event()
        self._keeper: threading.Thread | None = None

    def take(self, spec: RunSpec) -> None:
        """Claim it, and wait until the host has made it; a host that is not up needs none.

        Raises:
            ServerBusy: its models are in use for longer than this waits; the claim is given back.
            StoreUnavailable: Redis did not answer.
            Interrupted: this worker is to end.
        """
        if self._keeper is not None:
            return
        gib = self._needs_gib(spec)
        if gib <= 0:
            return
        self._store.run(claims.claim(self._host, gib))
        self._given_back = threading.Event()
        self._keeper = threading.Thread(
            target=self._keep, args=(gib, self._given_back), name="room for training", daemon=True
        )
        self._keeper.start()
        try:
            self._await(gib)
        except BaseException:
            self.give_back()
            raise

    def give_back(self) -> None:
        """Give it back at once; where Redis is away it lapses soon."""
        if self._keeper is None:
            return
        self._given_back.set()
        self._keeper.join()
        self._keeper = None
        with contextlib.suppress(RookeryError):
            self._store.run(claims.release(self._host))

    def _keep(self, gib: float, given_back: threading.Event) -> None:
        while not given_back.wait(claims.EVERY_S):
            with contextlib.suppress(RookeryError):
                self._store.run(claims.claim(self._host, gib))

    def _await(self, gib: float) -> None:
        give_up_s = self._clock.monotonic_s() + self._patience_s
        while not self._is_there():
            if self._ending.is_set():
                raise Interrupted(f"there was no room on {self._host} yet")
            if self._clock.monotonic_s() >= give_up_s:
                raise ServerBusy(
                    f"host {self._host!r} could not make room for {gib:.1f} GiB: its models are in use, or stay",
                    next_step="it is tried again; `memory_gib` in [training] says how much a run takes",
                )
            self._clock.sleep(LOOK_EVERY_S)

    def _is_there(self) -> bool:
        hosts = {host.name: host for host in self._store.run(fleet_moves.status()).hosts if host.live}
        return self._host not in hosts or claims.is_granted(hosts[self._host].about)
