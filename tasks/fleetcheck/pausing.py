"""A host that takes no new work for as long as a check needs, and is told to go on whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tasks.contracts.errors import UnknownThing
from tasks.jobs import fleet_moves
from tasks.jobs.fleet_values import Word
from tasks.jobs.store import Store


@contextmanager
def paused(store: Store, host: str) -> Iterator[None]:
    """Pause a host during the block, then tell it what it was told before. Raises UnknownThing."""
    before = store.run(fleet_moves.control(host))
    if before is None:
        raise UnknownThing(f"no host {host!r} has ever been up", next_step="`rookery status` shows those that have")
    store.run(fleet_moves.control(host, Word.PAUSE))
    try:
        yield
    finally:
        store.run(fleet_moves.control(host, before))
