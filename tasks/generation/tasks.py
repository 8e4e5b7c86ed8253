"""The generation task."""

from __future__ import annotations

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.generation.answering import answer_next

JOBS_PER_BELL = 50  # then the worker's loop has its turn, and Flower sees a task end


@app.task(name=names.ANSWER, bind=True, shared=False)
def answer(self: RookeryTask) -> None:
    """Hear a bell: answer the best waiting job that this host may serve, and go on while others wait."""
    services = self.services
    for _ in range(JOBS_PER_BELL):
        if not answer_next(services.desk(), services.store, services.leases()) or services.ending.is_set():
            return
