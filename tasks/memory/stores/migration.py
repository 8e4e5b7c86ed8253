"""Brings the memories of a store to the form of this version, as it is opened; whoever is killed over it goes on."""

from __future__ import annotations

import logging

from tasks.contracts.errors import ConfigurationError
from tasks.jobs.crashpoints import reach
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Wanted, Whole

PAGE = 200
MIGRATED = "memory.migrated"  # a page of it; where tests have this process die
logger = logging.getLogger(__name__)


def brought_up(store: VectorStore) -> VectorStore:
    """Return a store whose memories have the form of this version, having written those anew that had not.

    Raises:
        ConfigurationError: some are of a later version, which this one would take something away from.
        MemoryUnavailable: the store did not answer.
    """
    there = store.versions()
    if there.later:
        raise ConfigurationError(
            f"{there.later} memories were written by a later version of Rookery",
            next_step="use that version, or restore a backup that this one made",
        )
    if there.current < there.all:
        logger.info("memories of an older version are written anew", extra={"memories": there.all - there.current})
        _write_anew(store)
    return store


def _write_anew(store: VectorStore) -> None:
    after = ""
    while True:
        page = store.page(Whole(), Wanted(superseded=True), PAGE, after)
        store.amend(page.memories)
        reach(MIGRATED)
        after = page.after
        if not after:
            return
