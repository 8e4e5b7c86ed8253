"""What a fault test observes, page by page, for the report: it is written down as soon as it has been judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Page:
    """One test. What is counted adds up over its checks; of two verdicts on one promise the worse one stands."""

    counts: Counter[str] = field(default_factory=Counter)
    verdicts: dict[str, list[int]] = field(default_factory=dict)
    """Promise → [how many were looked at, how many of them were broken]."""
    recoveries_ms: list[int] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def judge(self, promise: str, looked_at: int, broken: int) -> None:
        """Note that a promise was looked at so many times, and found broken so often."""
        before = self.verdicts.setdefault(promise, [0, 0])
        before[0] += looked_at
        before[1] += broken

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to what was counted."""
        self.counts.update(counts)

    def recovered(self, after_ms: Iterable[int]) -> None:
        """Note how long it took, each time, until somebody was served again."""
        self.recoveries_ms.extend(after_ms)

    def tell(self, **facts: object) -> None:
        """Note what else a reader wants to know: the seed, how many kills."""
        self.facts.update(facts)

    def as_json(self) -> dict[str, Any]:
        """Return the page as a report can travel with it."""
        return {
            "counts": dict(self.counts),
            "verdicts": self.verdicts,
            "recoveries_ms": self.recoveries_ms,
            "facts": {name: str(fact) for name, fact in self.facts.items()},
        }


class Notebook:
    """The open page, and whom to tell how far a long test has come."""

    def __init__(self) -> None:
        self.page = Page()
        self.progress: Callable[[str], None] = _nobody

    def turn_over(self) -> Page:
        """Open an empty page, and return it."""
        self.page = Page()
        return self.page


def _nobody(_line: str) -> None:
    return


#: The one of this process: what judges is called from many places, and has no test at hand.
NOTEBOOK = Notebook()
