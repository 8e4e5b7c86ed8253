"""The plug of the tests' Redis."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any

import redis

PATIENCE_S = 60.0


class Plug:
    """Kills the Redis of the tests, and waits for the next one."""

    def __init__(self, redis_server: Any, client: Any) -> None:
        self.server, self.client = redis_server, client
        self._killed = 0

    def pull(self) -> None:
        """Kill it: no goodbye, nothing saved but its log."""
        self._killed = self.client.info("server")["process_id"]
        os.kill(self._killed, signal.SIGKILL)

    def push_in(self) -> None:
        """Have another one running in its place, with the same log."""
        if not self._killed:
            return
        self.server.supervisor.restart("redis")  # no backoff: this death was no failure of its own
        give_up = time.monotonic() + PATIENCE_S
        while not self._is_back():
            assert time.monotonic() < give_up, "Redis did not come back"
            time.sleep(0.01)
        self.server.ensure()
        self._killed = 0

    def _is_back(self) -> bool:
        self.server.supervisor.tick()
        with contextlib.suppress(redis.exceptions.ConnectionError):
            return bool(self.client.info("server")["process_id"] != self._killed)
        return False
