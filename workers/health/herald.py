"""Tells whom it concerns how an engine stands: its agent by a file, the ledger, and the worker's own process."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from workers.health import bulletin
from workers.health.bulletin import Bulletin
from workers.health.endings import end_worker

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerHerald:
    """See `workers.health.trust.Herald`."""

    model: str
    path: Path
    ending: threading.Event

    def told(self, said: Bulletin) -> None:
        """Write it where the agent reads it before each beat."""
        bulletin.write(self.path, said)

    def tripped(self, for_s: float) -> None:
        """Keep jobs from this host."""
        logger.warning("nothing is sent to this engine for now", extra={"model": self.model, "for_s": round(for_s, 1)})

    def mended(self) -> None:
        """Let jobs come again."""
        logger.info("the engine works again", extra={"model": self.model})

    def needs(self, code: int) -> None:
        """Begin nothing more, and end."""
        logger.warning("this worker ends so that its agent looks after the engine", extra={"code": code})
        self.ending.set()
        end_worker(code)
