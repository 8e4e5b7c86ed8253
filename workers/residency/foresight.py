"""Which model is likely needed when, by what was used at this time of day and what followed what. Pure.

It knows names of models and times, nothing of who asked or what. Counts fade, so that a habit that ended is forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

QUARTER_S, DAY_S = 900, 86_400
QUARTERS = DAY_S // QUARTER_S
FADES = 0.9  # what a count keeps with every day, or with every further use of the model that it follows
LIKELY = 0.5
#: Seen once is no habit: what counts has been seen at least twice, not too long ago.
LEAST_SEEN = 1.5
#: After so long without use, a model's next use is a new one.
LULL_S = 60.0
#: Who comes later than this after another does not come because of it.
FOLLOWS_S = 3_600.0
NEWEST_SHARE = 0.3  # of the last interval in the average of all
LATE_SHARE, LATE_S = 0.5, 60.0  # what is later than its average by more than this does not come any more


@dataclass(frozen=True, slots=True)
class Follows:
    """How often a model came after another, and after how many seconds."""

    count: float = 0.0
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Custom:
    """What was seen of one model."""

    used_s: float
    """Its last use, in seconds since 1970."""
    began_s: float
    """When that began."""
    begun: float = 0.0
    """How often it began, faded."""
    quarters: Mapping[int, float] = field(default_factory=dict)
    """On how many days it was used in each quarter of an hour, faded."""
    then: Mapping[str, Follows] = field(default_factory=dict)
    """What came after it."""


@dataclass(frozen=True, slots=True)
class History:
    """What one host has seen."""

    models: Mapping[str, Custom] = field(default_factory=lambda: MappingProxyType({}))
    latest: str = ""
    """Whose use began last."""
    day: int | None = None
    """The day of the last use, by the clock on the wall."""
    days: float = 0.0
    """How many days were seen before that one, faded."""


def noted(history: History, slug: str, now_s: float, wall_s: float) -> History:
    """Return the history with a use of `slug` now; `wall_s` is the same moment as seconds of local time."""
    history = _turned(history, int(wall_s // DAY_S))
    before = history.models.get(slug)
    if before and now_s - before.used_s <= LULL_S:
        return _with(history, slug, _in_quarter(replace(before, used_s=now_s), before, now_s, wall_s))
    history = _followed(history, slug, now_s)
    before = history.models.get(slug)
    known = before or Custom(now_s, now_s)
    then = {other: replace(each, count=each.count * FADES) for other, each in known.then.items()}
    begun = replace(known, used_s=now_s, began_s=now_s, begun=known.begun * FADES + 1, then=then)
    return replace(_with(history, slug, _in_quarter(begun, before, now_s, wall_s)), latest=slug)


def expected_in_s(history: History, slug: str, now_s: float, wall_s: float) -> float:
    """Return in how many seconds a model is likely needed; infinite where nothing tells."""
    return min(_after_latest_s(history, slug, now_s), _by_the_clock_s(history, slug, now_s, wall_s))


def _after_latest_s(history: History, slug: str, now_s: float) -> float:
    latest = history.models.get(history.latest)
    follows = latest.then.get(slug) if latest else None
    if latest is None or follows is None or follows.count < LEAST_SEEN * FADES:
        return math.inf
    if follows.count < LIKELY * (latest.begun - 1):  # but for the time that is not over yet
        return math.inf
    due_s = latest.began_s + follows.gap_s - now_s
    return max(0.0, due_s) if due_s >= -(follows.gap_s * LATE_SHARE + LATE_S) else math.inf


def _by_the_clock_s(history: History, slug: str, now_s: float, wall_s: float) -> float:
    custom = history.models.get(slug)
    if custom is None or history.day is None:
        return math.inf
    history = _turned(history, int(wall_s // DAY_S))
    custom, quarter = history.models[slug], int(wall_s % DAY_S // QUARTER_S)
    into_s = wall_s % QUARTER_S
    least = max(LEAST_SEEN * FADES, LIKELY * history.days)
    for ahead in range(QUARTERS + 1):  # what came in this one may come tomorrow
        came = ahead == 0 and now_s - custom.used_s <= into_s
        if not came and custom.quarters.get((quarter + ahead) % QUARTERS, 0.0) >= least:
            return max(0.0, ahead * QUARTER_S - into_s)
    return math.inf


def _turned(history: History, day: int) -> History:
    """Return the history on a day: with every day that has passed its counts have faded."""
    if history.day is None or day <= history.day:
        return history if history.day is not None else replace(history, day=day)
    days = history.days
    for _ in range(min(day - history.day, QUARTERS)):
        days = days * FADES + 1
    share = FADES ** (day - history.day)
    models = {
        slug: replace(custom, quarters={at: count * share for at, count in custom.quarters.items()})
        for slug, custom in history.models.items()
    }
    return replace(history, models=models, day=day, days=days)


def _in_quarter(custom: Custom, before: Custom | None, now_s: float, wall_s: float) -> Custom:
    """Count the day for this quarter of an hour, once."""
    if before is not None and now_s - before.used_s <= wall_s % QUARTER_S:
        return custom
    quarter = int(wall_s % DAY_S // QUARTER_S)
    return replace(custom, quarters={**custom.quarters, quarter: custom.quarters.get(quarter, 0.0) + 1})


def _followed(history: History, slug: str, now_s: float) -> History:
    """Note whom a model came after."""
    latest = history.models.get(history.latest)
    if latest is None or now_s - latest.began_s > FOLLOWS_S:
        return history
    gap_s, known = now_s - latest.began_s, latest.then.get(slug, Follows())
    usual_s = known.gap_s + (gap_s - known.gap_s) * NEWEST_SHARE if known.count else gap_s
    then = {**latest.then, slug: Follows(known.count + 1, usual_s)}
    return _with(history, history.latest, replace(latest, then=then))


def _with(history: History, slug: str, custom: Custom) -> History:
    return replace(history, models={**history.models, slug: custom})
