"""What a client has done so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    """Counts since the client was made."""

    calls: Counter[str] = field(default_factory=Counter)
    """Tries, by method."""
    errors: Counter[str] = field(default_factory=Counter)
    """Tries that failed, by status, or "no answer"."""
    retries: int = 0
    malformed: int = 0
    """Entries of a feed that are no comments."""
    busy_s: float = 0.0
    """Spent waiting for answers, in all tries together."""

    def as_fields(self) -> dict[str, object]:
        """Return them as a line of a log takes them."""
        return {
            "calls": dict(self.calls),
            "errors": dict(self.errors),
            "retries": self.retries,
            "malformed": self.malformed,
            "busy_s": round(self.busy_s, 3),
        }
