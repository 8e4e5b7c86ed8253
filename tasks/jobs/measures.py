"""How jobs and loads went, counted in the moves that end them: durations in fixed buckets, errors, deliveries.

It is in the ledger, so any process tells the same of it, and no restart loses any. Counts only ever grow.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.jobs.fleet_record import grouped
from tasks.jobs.record import paired
from tasks.jobs.values import MS, Move

BEYOND, SUM = "more", "ms"  # beside the bounds, in the names of fields
Deliveries = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Histogram:
    """Durations, counted by how long they were."""

    bounds_s: tuple[float, ...] = ()
    """Each bucket holds what is above the bound before and not above its own."""
    counts: tuple[int, ...] = (0,)
    """Of each bucket; the last one is for what is above all bounds."""
    sum_s: float = 0.0

    @property
    def count(self) -> int:
        """How many durations there are."""
        return sum(self.counts)

    @property
    def mean_s(self) -> float | None:
        """Return their mean; None where there are none."""
        return self.sum_s / self.count if self.count else None

    def quantile_s(self, share: float) -> float | None:
        """Return what so large a share of them is not above, as near as the buckets tell; None where there are none.

        >>> Histogram((1.0, 2.0), (2, 2, 0), 5.0).quantile_s(0.75)
        1.5
        """
        if not self.count:
            return None
        cumulative = list(itertools.accumulate(self.counts))
        at = bisect_left(cumulative, share * self.count)
        if at >= len(self.bounds_s):
            return self.bounds_s[-1]
        below_s = self.bounds_s[at - 1] if at else 0.0
        before = cumulative[at - 1] if at else 0
        return below_s + (self.bounds_s[at] - below_s) * (share * self.count - before) / (self.counts[at] or 1)

    @classmethod
    def sum(cls, parts: Iterable[Histogram]) -> Histogram:
        """Return what some histograms with the same bounds come to together."""
        some = [part for part in parts if part.count]
        if not some:
            return cls()
        counts = tuple(map(sum, zip(*(part.counts for part in some), strict=True)))
        return cls(some[0].bounds_s, counts, sum(part.sum_s for part in some))


@dataclass(frozen=True)
class ModelMeasures:
    """What was counted of one model."""

    response: Mapping[str, Histogram] = field(default_factory=dict)
    """From receipt to outcome, by what that was: `reply` or `notice`."""
    wait: Histogram = Histogram()
    """From the queue to the claim of the last try, or until it was given up."""
    first_token: Histogram = Histogram()
    """From receipt to the first words, of what was answered."""
    load: Histogram = Histogram()
    """Of the model into memory."""
    errors: Mapping[str, int] = field(default_factory=dict)
    """Notices, by their cause."""
    tries: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Tries that came to nothing and were given back, by error and host."""
    cached: int = 0
    """Replies that had been given before, to the same question."""


@dataclass(frozen=True)
class Measures:
    """What was counted since the ledger began."""

    bounds_s: tuple[float, ...]
    by_model: Mapping[str, ModelMeasures]
    """By slug."""
    deliveries: Deliveries
    """By the state that a job ended in and who was to deliver it: a bot, `pull` (whoever asked) or `task`."""

    def model(self, slug: str) -> ModelMeasures:
        """Return what was counted of a model, be it nothing."""
        return self.by_model.get(slug, ModelMeasures())


def read() -> Move[Measures]:
    """Read what was counted."""
    return Move("measures", (), measures_of, rings=False)


def measures_of(answer: list[Any]) -> Measures:
    """Return what `measures` has found."""
    bounds, models, deliveries = answer
    return Measures(
        tuple(bound / MS for bound in bounds),
        {slug: _model(bounds, paired(fields)) for slug, fields in grouped(models, 2)},
        {_pair(name): int(number) for name, number in paired(deliveries).items()},
    )


def _model(bounds: list[int], fields: Mapping[str, str]) -> ModelMeasures:
    kinds: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, number in fields.items():
        kind, _, rest = name.partition("|")
        kinds[kind][rest] = int(number)
    outcomes = {name.partition("|")[0] for name in kinds["response"]}
    return ModelMeasures(
        response={outcome: _histogram(bounds, kinds["response"], f"{outcome}|") for outcome in sorted(outcomes)},
        wait=_histogram(bounds, kinds["wait"]),
        first_token=_histogram(bounds, kinds["first"]),
        load=_histogram(bounds, kinds["load"]),
        errors=kinds["error"],
        tries={_pair(name): number for name, number in kinds["try"].items()},
        cached=kinds["cached"].get("", 0),
    )


def _histogram(bounds: list[int], counts: Mapping[str, int], prefix: str = "") -> Histogram:
    names = [*map(str, bounds), BEYOND]
    return Histogram(
        tuple(bound / MS for bound in bounds),
        tuple(counts.get(prefix + name, 0) for name in names),
        counts.get(prefix + SUM, 0) / MS,
    )


def _pair(name: str) -> tuple[str, str]:
    first, _, second = name.partition("|")
    return first, second
