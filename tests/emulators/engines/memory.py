"""The memory of an emulated machine: pretended GiB, counted as the real server would fill them."""

from __future__ import annotations

import threading


class Memory:
    """What is in memory, by the name of its holder. `peak_gib` is the most that there ever was at once."""

    def __init__(self, size_gib: float) -> None:
        self.size_gib = size_gib
        self.peak_gib = 0.0
        self._taken: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def used_gib(self) -> float:
        """How much is taken now."""
        return sum(self._taken.values())

    @property
    def holders(self) -> frozenset[str]:
        """Who took memory, those who are still being loaded among them."""
        with self._lock:
            return frozenset(self._taken)

    @property
    def free_gib(self) -> float:
        """How much is left."""
        return self.size_gib - self.used_gib

    def take(self, holder: str, gib: float) -> bool:
        """Take memory; return whether there was enough."""
        with self._lock:
            if gib > self.free_gib:
                return False
            self._taken[holder] = gib
            self.peak_gib = max(self.peak_gib, self.used_gib)
            return True

    def free(self, holder: str) -> None:
        """Give back what `holder` took."""
        with self._lock:
            self._taken.pop(holder, None)
