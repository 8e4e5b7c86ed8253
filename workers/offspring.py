"""How a worker that forks tells its child to end: by a pipe, which also tells of it when the worker is gone."""

from __future__ import annotations

import os
import threading


class Tether:
    """A pipe whose write end nobody but the worker has. Made before it forks, tied by every child of it."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._cut = threading.Lock()

    def tie(self, ending: threading.Event) -> None:
        """In a child: set `ending` once the worker cuts this, or is no more."""
        os.close(self._write)
        threading.Thread(target=self._wait, args=(ending,), name="tether", daemon=True).start()

    def cut(self) -> None:
        """In the worker: tell its child to end. Idempotent."""
        if self._cut.acquire(blocking=False):
            os.close(self._write)

    def _wait(self, ending: threading.Event) -> None:
        while os.read(self._read, 1):
            pass
        ending.set()
