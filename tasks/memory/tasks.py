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
    """Fetch memories for the jobs that wait for them, and see to what people want of theirs."""
    memory = self.services.memory()
    try:
        memory.recall()
    except RookeryError as exc:
        logger.warning(
            "nothing was recalled", extra={"error": f"{type(exc).__name__}: {exc}"}
        )  # the jobs go on when their time is up
    if memory.owes():  # whether or not beat is up
        ingest.apply_async(queue=MEMORY)


@app.task(name=names.COPY, bind=True, shared=False)
def copy(self: RookeryTask, token: str) -> None:
    """Copy the memories for a backup of this machine."""
    try:
        self.services.memory().copy(token)
    except RookeryError as exc:
        logger.warning(
            "the memories were not copied", extra={"error": f"{type(exc).__name__}: {exc}"}
        )  # who asked hears of it, or waits


@app.task(name=names.INGEST, bind=True, shared=False)
def ingest(self: RookeryTask) -> None:
    """Remember what was written down since; ring again where more is left, so that others have their turn."""
    try:
        more = self.services.memory().ingest()
    except RookeryError as exc:
        logger.warning(
            "nothing was remembered", extra={"error": f"{type(exc).__name__}: {exc}"}
        )  # it stays to be; beat rings again
    else:
        if more:
            self.apply_async(queue=MEMORY)


@app.task(name=names.TIDY, bind=True, shared=False)
def tidy(self: RookeryTask, which: str = "") -> None:
    """Look through the memories for a moment; ring again where more is left, so that others have their turn."""
    try:
        more = self.services.memory().tidy(which)
    except RookeryError as exc:
        logger.warning(
            "the memories were not looked through", extra={"error": f"{type(exc).__name__}: {exc}"}
        )  # it stays due; beat rings
    else:
        if more:
            self.apply_async(queue=MEMORY)


@app.task(name=names.DIGESTED, bind=True, shared=False)
def digested(self: RookeryTask, job: str, *ids: str) -> None:
    """Put a summary in the place of the turns with these ids."""
    try:
        self.services.memory().noted(job, ids)
    except RookeryError as exc:
        logger.warning(
            "a summary was not put in place", extra={"job": job, "error": f"{type(exc).__name__}: {exc}"}
        )  # it is rung again


@app.task(name=names.SUMMARIZED, bind=True, shared=False)
def summarized(self: RookeryTask, job: str, channel: str, *messages: str) -> None:
    """Keep the summary of a channel, which names the messages that it was made of."""
    try:
        self.services.memory().summarized(job, channel, messages)
    except RookeryError as exc:
        logger.warning(
            "a summary was not kept", extra={"job": job, "error": f"{type(exc).__name__}: {exc}"}
        )  # it is rung again
