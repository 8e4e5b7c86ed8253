"""Loads that failed on a host: which, why, and when each model is tried here again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workers.residency.loading import Failure

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
#: After as many failures as are allowed in a row a host lets the model be for so long: others may have more luck.
REST_S = 600.0


@dataclass(frozen=True, slots=True)
class Setback:
    """The failures of one model in a row."""

    count: int
    last: Failure
    at_s: float
    until_s: float
    gave_up: bool = False
    """It failed as often as is allowed, and rests for long."""


@dataclass(frozen=True, slots=True)
class Setbacks:
    """What failed on this host, by slug."""

    by_slug: Mapping[str, Setback] = field(default_factory=dict)

    def after_failure(self, slug: str, failure: Failure, now_s: float, most: int) -> Setbacks:
        """Return the setbacks with one more, after `most` of which in a row the model rests."""
        before = self.by_slug.get(slug)
        count = before.count + 1 if before else 1
        gave_up = count >= most
        wait_s = REST_S if gave_up else wait_after(count)
        # After a rest it has one try.
        setback = Setback(count, failure, now_s, now_s + wait_s, gave_up)
        return replace(self, by_slug={**self.by_slug, slug: setback})

    def after_success(self, slug: str) -> Setbacks:
        """Return the setbacks without those of `slug`."""
        if slug not in self.by_slug:
            return self
        return replace(self, by_slug={other: each for other, each in self.by_slug.items() if other != slug})

    def waits(self, slug: str, now_s: float) -> bool:
        """Return whether `slug` is not to be tried yet."""
        before = self.by_slug.get(slug)
        return before is not None and now_s < before.until_s


def wait_after(count: int) -> float:
    """Return how long a model is left alone after `count` failures in a row.

    >>> wait_after(1), wait_after(2), wait_after(9)
    (1.0, 2.0, 60.0)
    """
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(count - 1, 16)))
