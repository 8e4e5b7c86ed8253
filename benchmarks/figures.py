"""What a benchmark finds: figures with their goals, and the bars to draw. Pure values and arithmetic."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from pydantic import Field

from tasks.contracts.messages import Value

T = TypeVar("T")
PERCENT = 100
MS = 1000
Tell = Callable[[float, str], None]
"""How far a benchmark is, from 0 to 1, and what it is busy with."""


class Goal(Value):
    """What a figure is held against: a bound from above or from below, and what to dream of."""

    bound: float
    at_least: bool = False
    moonshot: float | None = None

    @classmethod
    def most(cls, bound: float, moonshot: float | None = None) -> Self:
        """Return the goal of a figure that should be small."""
        return cls(bound=bound, moonshot=moonshot)

    @classmethod
    def least(cls, bound: float, moonshot: float | None = None) -> Self:
        """Return the goal of a figure that should be large."""
        return cls(bound=bound, at_least=True, moonshot=moonshot)

    def reached(self, value: float, bound: float) -> bool:
        """Return whether `value` is on the good side of `bound`."""
        return value >= bound if self.at_least else value <= bound

    def verdict(self, value: float) -> str:
        """Return whether the goal is met, or by how much it is missed.

        >>> Goal.most(3.0, moonshot=2.0).verdict(2.5), Goal.most(3.0).verdict(4.5), Goal.least(1.0).verdict(0.5)
        ('met', 'missed by 50 %', 'missed by 50 %')
        """
        if self.moonshot is not None and self.reached(value, self.moonshot):
            return "met, and the moonshot"
        if self.reached(value, self.bound):
            return "met"
        if not self.bound:
            return f"missed by {value:g}"
        return f"missed by {abs(value / self.bound - 1) * PERCENT:.0f} %"

    def words(self) -> str:
        """Return the goal as the page shows it.

        >>> Goal.most(3.0, moonshot=2.0).words()
        '≤ 3 (moonshot 2)'
        """
        dream = f" (moonshot {self.moonshot:g})" if self.moonshot is not None else ""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{dream}"


class Figure(Value):
    """One number, and what it should be."""

    name: str
    value: float
    unit: str = ""
    goal: Goal | None = None


class Chart(Value):
    """Bars from one zero, in one unit; `goals` says, by label, where the bar should end at most or at least."""

    title: str
    unit: str
    bars: tuple[tuple[str, float], ...]
    goals: dict[str, float] = Field(default_factory=dict)


class Scatter(Value):
    """Points, each with its name; both axes begin at zero."""

    title: str
    across: str
    up: str
    points: tuple[tuple[str, float, float], ...]


class Grid(Value):
    """A table of what was compared, in words; the first column says what stands in the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Findings(Value):
    """What one benchmark found."""

    figures: tuple[Figure, ...]
    charts: tuple[Chart | Scatter, ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What something took: time that passed, and CPU time of the process that did it."""

    wall_s: float
    cpu_s: float


def cost_of(act: Callable[[int], object], count: int) -> Cost:
    """Return what it costs this process to do something `count` times; each time is told its number."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for number in range(count):
        act(number)
    return Cost(time.perf_counter() - wall_s, time.process_time() - cpu_s)


@dataclass(frozen=True)
class Spread:
    """The middle and the tail of a sample."""

    p50: float
    p99: float

    @classmethod
    def of(cls, sample: Sequence[float]) -> Self:
        """Return both of a sample of at least two."""
        return cls(statistics.median(sample), statistics.quantiles(sample, n=100, method="inclusive")[-1])

    @classmethod
    def added(cls, sample: Sequence[float], floor: Sequence[float]) -> Self:
        """Return both of what a sample has on top of its floor, round by round."""
        return cls.of([value - low for value, low in zip(sample, floor, strict=True)])


def interleaved(
    ways: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    warm_up: int = 0,
    budget_s: float = math.inf,
    tell: Callable[[float], None],
) -> dict[str, list[float]]:
    """Return what each way said in each round; the ways take turns, so that what disturbs one disturbs all.

    The order goes round, so that none always comes after the same other one. The first `warm_up` rounds do not count.
    There are fewer rounds where they would take longer than the budget.
    """
    began_s = time.monotonic()
    said: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(warm_up + rounds):
        for name in rotated(list(ways), turn):
            value = ways[name]()
            if turn >= warm_up:
                said[name].append(value)
        tell((turn + 1) / (warm_up + rounds))
        if turn >= warm_up and not time_for_another(turn + 1, time.monotonic() - began_s, budget_s):
            break
    return said


def time_for_another(done: int, spent_s: float, budget_s: float) -> bool:
    """Return whether one more round, as long as those that are done, fits into the budget.

    >>> time_for_another(2, 100.0, 160.0), time_for_another(2, 100.0, 140.0)
    (True, False)
    """
    return spent_s / done * (done + 1) <= budget_s


def rotated(names: Sequence[T], turn: int) -> list[T]:
    """Return the names in their order, begun with another one each turn.

    >>> rotated(["a", "b", "c"], 1)
    ['b', 'c', 'a']
    """
    start = turn % len(names)
    return [*names[start:], *names[:start]]


def in_ms(seconds: Iterable[float]) -> list[float]:
    """Return seconds as milliseconds."""
    return [value * MS for value in seconds]


def spread_figures(name: str, spread: Spread) -> Iterator[Figure]:
    """Yield the middle and the tail, in milliseconds."""
    yield Figure(name=f"{name}, p50", value=spread.p50, unit="ms")
    yield Figure(name=f"{name}, p99", value=spread.p99, unit="ms")
