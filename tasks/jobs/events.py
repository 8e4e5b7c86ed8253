"""Every move of every job, as it happens, for whoever listens: dashboards, counters, plugins. Nobody waits for them.

Events ride on pub/sub: a listener that is slow or gone misses some and holds up nobody. What must not be missed is in
the record, never here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.contracts.jobs import JobState
from tasks.jobs.store import Store, translated

LOOK_S = 1.0  # how often a listener is told that nothing happened, so that it can do something else


@dataclass(frozen=True)
class JobEvent:
    """One job went into one state. Ids only."""

    job: str
    state: JobState
    model: str
    who: str


def listen(store: Store, look_s: float = LOOK_S) -> Iterator[JobEvent | None]:
    """Yield what happens from now on, and None whenever nothing did for `look_s`; the first None says that it listens.

    What only a newer version understands is left out.

    Raises StoreUnavailable when Redis goes away.
    """
    with translated(), store.client.pubsub() as pubsub:
        pubsub.subscribe(store.key("events"))
        while True:
            heard = pubsub.get_message(timeout=look_s)
            if heard is None or heard["type"] == "subscribe":
                yield None
            elif heard["type"] == "message" and (event := parse(heard["data"])) is not None:
                yield event


def parse(text: str) -> JobEvent | None:
    """Return the event that a message carries; None: a newer version said it."""
    try:
        said = json.loads(text)
        return JobEvent(said["job"], JobState(said["state"]), said["model"], said["who"])
    except (ValueError, KeyError, TypeError):
        return None
