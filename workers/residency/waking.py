"""Hears that somebody waits for a model that nobody holds, so that a host need not ask all the time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from redis.exceptions import RedisError

from tasks.jobs.store import Store

LISTEN_S = 1.0  # how soon it sees that it is to stop
AGAIN_S = 1.0  # between two tries to reach Redis


class DemandEar:
    """Calls `heard` with what the ledger says: `model <slug>` or `host <name>`. In a thread of its own."""

    def __init__(self, store: Store, heard: Callable[[str], None]) -> None:
        self._store, self._heard = store, heard
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="demand", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, soon."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._hear()
            except RedisError:  # nothing is lost by it: hosts look around by themselves, too
                self._closed.wait(AGAIN_S)

    def _hear(self) -> None:
        with self._store.client.pubsub() as pubsub:
            pubsub.subscribe(self._store.key("demand"))
            while not self._closed.is_set():
                heard = pubsub.get_message(timeout=LISTEN_S)
                if heard and heard["type"] == "message":
                    self._heard(heard["data"])
