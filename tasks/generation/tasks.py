"""The generation task."""

from __future__ import annotations

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.generation import shift
from tasks.generation.answering import answer_next


@app.task(name=names.ANSWER, bind=True, shared=False)
def answer(self: RookeryTask) -> None:
    """Hear a bell: answer the best waiting job that this host may serve, and go on while people ask."""
    services = self.services
    desk, store, leases = services.desk(), services.store, services.leases()
    bells = shift.Bells(desk.model, store)
    shift.work(lambda: answer_next(desk, store, leases), bells.hear, services.ending, leave=bells.leave)
