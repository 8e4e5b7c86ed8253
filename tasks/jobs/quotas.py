"""How many jobs somebody may ask for in a minute, an hour and a day: exact, whichever processes ask.

The windows slide, by the clock of Redis. Bounds come with each call, so changed ones hold at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tasks.jobs.values import Move

Period = Literal["minute", "hour", "day"]
PERIODS: tuple[Period, ...] = get_args(Period)
LENGTH_MS: dict[Period, int] = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
LARGEST = 100_000  # each admission is an entry in Redis while it counts


@dataclass(frozen=True)
class Charge:
    """What one job counts against: a scope and its bounds; 0 is no bound."""

    scope: str
    """Whose: "user:discord:7", "persona:Ada", "channel:discord:9", "all"."""
    minute: int = 0
    hour: int = 0
    day: int = 0

    def bounds(self) -> Iterator[tuple[Period, int]]:
        """Yield the periods that are bounded, and how many jobs each allows."""
        for period in PERIODS:
            if most := getattr(self, period):
                yield period, min(most, LARGEST)


@dataclass(frozen=True)
class Admission:
    """Whether a job may be asked for, by the bound that says most about it."""

    ok: bool
    scope: str = ""
    """Of the bound with the least room; where it is refused, of the one that lasts longest. Empty: there is none."""
    period: Period | Literal[""] = ""
    remaining: int | None = None
    """Jobs that are left after this one; None: nothing is bounded."""
    next_ms: int = 0
    """From now until there is room for one more; 0: there is."""


def take(charges: Sequence[Charge], job: str) -> Move[Admission]:
    """Charge a job to all of these, or, where one has no room, to none.

    The same job is charged once, and one that the ledger has is let through without a charge: call it before `submit`.
    """
    return Move("quota", ("take", job, *_told(charges)), _admission, rings=False)


def quota(*charges: Charge) -> Move[Admission]:
    """Return what `take` would say to another job, and charge nothing."""
    return Move("quota", ("look", "", *_told(charges)), _admission, rings=False)


def refund(job: str, charges: Sequence[Charge]) -> Move[int]:
    """Give back what was charged for a job that was not accepted after all; returns how many bounds counted it.

    A job that the ledger has keeps its charge.
    """
    pairs = (part for charge in charges for period, _ in charge.bounds() for part in (charge.scope, period))
    return Move("refund", (job, *pairs), int, rings=False)


def reset(scope: str, period: Period | None = None) -> Move[int]:
    """Let a scope begin anew, in one period or in all; returns how many entries were forgotten."""
    return Move("quota_reset", (scope, *((period,) if period else PERIODS)), int, rings=False)


def _told(charges: Sequence[Charge]) -> Iterator[str | int]:
    for charge in charges:
        for period, most in charge.bounds():
            yield from (charge.scope, period, LENGTH_MS[period], most)


def _admission(answer: list[Any]) -> Admission:
    ok, scope, period, remaining, next_ms = answer
    return Admission(bool(ok), scope, period, None if remaining == "" else int(remaining), int(next_ms))
