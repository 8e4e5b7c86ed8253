"""Upkeep tasks."""

from __future__ import annotations

import logging

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import RookeryError
from tasks.contracts.queues import UPKEEP
from tasks.jobs import moves
from tasks.jobs.store import Store, translated

LOOKS = 100  # at bells that wait
logger = logging.getLogger(__name__)


@app.task(name=names.HEARTBEAT, bind=True, shared=False)
def heartbeat(self: RookeryTask) -> None:
    """Say that beat rang and a worker heard it: `rookery status` shows when."""
    self.services.store.run(moves.note_heartbeat())


@app.task(name=names.ARCHIVE, bind=True, shared=False)
def archive(self: RookeryTask) -> None:
    """Write down what is owed to the transcript; ring again where more is left, so that others have their turn.

    One bell is enough: were each that beat rings to ring again, a backlog would fill the queue with them.
    """
    try:
        more = self.services.transcript().archive() and not _waits(self.services.store, names.ARCHIVE)
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


def _waits(store: Store, task: str) -> bool:
    """Return whether a bell for a task is among the next in the queue."""
    with translated():
        return any(f'"{task}"' in bell for bell in store.client.lrange(UPKEEP, -LOOKS, -1))
