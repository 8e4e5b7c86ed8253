"""The tasks of memory. Every worker registers them, so nothing heavy is imported here."""

from __future__ import annotations

import logging

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import RookeryError
from tasks.contracts.queues import MEMORY

logger = logging.getLogger(__name__)


@app.task(name=names.RECALL, bind=True, shared=False)
def recall(self: RookeryTask) -> None:
    """Fetch memories for the jobs that wait for them."""
    try:
        self.services.memory().recall()
    except RookeryError as exc:
        logger.warning("nothing was recalled", extra={"error": str(exc)})  # the jobs go on when their time is up


@app.task(name=names.INGEST, bind=True, shared=False)
def ingest(self: RookeryTask) -> None:
    """Remember what was written down since; ring again where more is left, so that others have their turn."""
    try:
        more = self.services.memory().ingest()
    except RookeryError as exc:
        logger.warning("nothing was remembered", extra={"error": str(exc)})  # it stays to be; beat rings again
    else:
        if more:
            self.apply_async(queue=MEMORY)
