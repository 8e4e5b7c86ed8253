"""The generation task."""

from __future__ import annotations

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.generation.answering import answer_next


@app.task(name=names.ANSWER, bind=True, shared=False)
def answer(self: RookeryTask) -> None:
    """Hear a bell: answer the best waiting job that this host may serve, if there still is one."""
    services = self.services
    answer_next(services.desk(), services.store, services.leases())
