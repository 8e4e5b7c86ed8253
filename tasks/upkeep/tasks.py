"""Upkeep tasks."""

from __future__ import annotations

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.jobs import moves


@app.task(name=names.HEARTBEAT, bind=True, shared=False)
def heartbeat(self: RookeryTask) -> None:
    """Say that beat rang and a worker heard it: `rookery status` shows when."""
    self.services.store.run(moves.note_heartbeat())
