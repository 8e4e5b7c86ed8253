"""The notification task."""

from __future__ import annotations

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names


@app.task(name=names.NOTIFY, bind=True, shared=False)
def send(self: RookeryTask, notice: str = "") -> None:
    """Have a notice told, or without its id all that are due."""
    self.services.notifier().send(notice)
