"""The tasks of training. Every worker registers them, so nothing heavy is imported here."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import RookeryError
from tasks.contracts.queues import TRAINING

logger = logging.getLogger(__name__)


@app.task(name=names.TRAIN, bind=True, shared=False)
def train(self: RookeryTask, run: str) -> None:
    """Walk a run of training, or go on with it."""
    try:
        self.services.training().train(run)
    except RookeryError as exc:
        logger.warning(
            "a run was not walked", extra={"run": run, "error": f"{type(exc).__name__}: {exc}"}
        )  # `watch` rings for it again, where there is one


@app.task(name=names.LEARN, bind=True, shared=False)
def learn(self: RookeryTask) -> None:
    """Make the runs of this night, and ring for each."""
    try:
        _ring(self.services.training().learn())
    except RookeryError as exc:
        logger.warning("no run was made", extra={"error": f"{type(exc).__name__}: {exc}"})  # `watch` makes it


@app.task(name=names.WATCH, bind=True, shared=False)
def watch(self: RookeryTask) -> None:
    """Make what is due, judge what is on trial, and ring for the runs that are to be gone on with."""
    try:
        _ring(self.services.training().watch())
    except RookeryError as exc:
        logger.warning(
            "training was not looked after", extra={"error": f"{type(exc).__name__}: {exc}"}
        )  # beat rings again


def _ring(runs: Iterable[str]) -> None:
    for run in runs:
        train.apply_async((run,), queue=TRAINING)
