"""Trying a call again: which failures are worth it, and how long to wait in between. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

AGAIN = frozenset({408, 425, 500, 502, 503, 504})
BUSY = 429


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how soon."""

    tries: int = 3
    first_s: float = 0.3
    cap_s: float = 3.0
    """The longest wait; what a server asks to wait beyond this is for the caller to wait."""

    def wait_s(self, failures: int, rng: random.Random) -> float:
        """Return how long to wait after so many failures: twice as long each time, and never all at once."""
        return min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 20)) * rng.uniform(0.5, 1.0)

    def is_spent(self, failures: int) -> bool:
        """Return whether the failure just now was the last that is forgiven."""
        return failures >= self.tries
