"""Tells whom it concerns how an engine stands: its agent by a file, the ledger, and the worker's own process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.errors import RookeryError
from tasks.jobs import fleet_moves
from tasks.jobs.fleet_values import Tripped
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard, Move
from workers.health import bulletin
from workers.health.bulletin import Bulletin
from workers.health.endings import end_worker

MS = 1000
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """One model on one host, and where its bulletin lies."""

    card: HostCard
    model: str
    slug: str
    path: Path


class WorkerHerald:
    """See `workers.health.trust.Herald`. What the ledger could not be told is told with the next bulletin."""

    def __init__(
        self, store: Store, place: Place, ending: threading.Event, end: Callable[[int], None] = end_worker
    ) -> None:
        self._store, self._place, self._ending, self._end = store, place, ending, end
        self._owed: Move[bool] | None = None
        self._lock = threading.Lock()

    def told(self, said: Bulletin) -> None:
        """Write it where the agent reads it before each beat."""
        bulletin.write(self._place.path, said)
        self._pay()

    def tripped(self, for_s: float) -> None:
        """Keep jobs from this host."""
        logger.warning("no jobs for this engine for now", extra={"model": self._place.model, "for_s": round(for_s, 1)})
        self._owe(fleet_moves.trip(*self._who, int(for_s * MS)))

    def doubted(self) -> None:
        """Let one job at a time come."""
        self._owe(fleet_moves.trip(*self._who, 0, Tripped.PROBATION))

    def mended(self) -> None:
        """Let jobs come again."""
        self._owe(fleet_moves.mend(*self._who))

    def needs(self, code: int) -> None:
        """Begin nothing more, and end."""
        logger.warning("this worker ends so that its agent looks after the engine", extra={"code": code})
        self._ending.set()
        self._end(code)

    @property
    def _who(self) -> tuple[str, int, str]:
        return self._place.card.name, self._place.card.fence, self._place.slug

    def _owe(self, move: Move[bool]) -> None:
        with self._lock:
            self._owed = move
        self._pay()

    def _pay(self) -> None:
        with self._lock:
            move = self._owed
        if move is None:
            return
        try:
            self._store.run(move)
        except RookeryError as exc:
            logger.info("the ledger was not told", extra={"error": str(exc)})
            return
        with self._lock:
            if self._owed is move:
                self._owed = None
