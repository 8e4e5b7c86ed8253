"""Upkeep tasks."""

from __future__ import annotations

import logging

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import RookeryError
from tasks.contracts.queues import UPKEEP
from tasks.jobs import moves

logger = logging.getLogger(__name__)


@app.task(name=names.HEARTBEAT, bind=True, shared=False)
def heartbeat(self: RookeryTask) -> None:
    """Say that beat rang and a worker heard it: `rookery status` shows when."""
    self.services.store.run(moves.note_heartbeat())


@app.task(name=names.ARCHIVE, bind=True, shared=False)
def archive(self: RookeryTask) -> None:
    """Write down what is owed to the transcript; ring again where more is left, so that others have their turn."""
    try:
        more = self.services.transcript().archive()
    except RookeryError as exc:
        logger.warning("nothing was archived", extra={"error": str(exc)})  # it stays owed; beat rings again
    else:
        if more:
            self.apply_async(queue=UPKEEP)


@app.task(name=names.REFILL, bind=True, shared=False)
def refill(self: RookeryTask) -> None:
    """Give their windows back to sessions that Redis has forgotten and jobs wait for."""
    try:
        self.services.transcript().refill()
    except RookeryError as exc:
        logger.warning("a session could not be read again", extra={"error": str(exc)})  # its job goes on without
