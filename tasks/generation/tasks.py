"""The tasks of generation."""

from __future__ import annotations

import logging

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import RookeryError
from tasks.generation import shift, summing
from tasks.generation.answering import answer_next

logger = logging.getLogger(__name__)


@app.task(name=names.ANSWER, bind=True, shared=False)
def answer(self: RookeryTask) -> None:
    """Hear a bell: answer the best waiting job that this host may serve, and go on while people ask."""
    services = self.services
    desk, store, leases = services.desk(), services.store, services.leases()
    bells = shift.Bells(desk.model, store)
    shift.work(lambda: answer_next(desk, store, leases), bells.hear, services.ending, leave=bells.leave)


@app.task(name=names.CONDENSE, bind=True, shared=False)
def condense(self: RookeryTask, job: str, session: str, of_what: str) -> None:
    """Go on where a model has summed up the older part of a session."""
    try:
        summing.take_in(self.services.store, job, session, of_what)
    except RookeryError as exc:
        logger.warning("a summary waits", extra={"job": job, "error": str(exc)})  # its bell rings again
