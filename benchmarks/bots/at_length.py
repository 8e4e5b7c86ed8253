"""Ten minutes of a thousand messages each, then a hundred thousand: what gets lost, and what grows. Run by name alone.

The memory of the second half of the many messages is held against that of the first, when caches fill.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.bots import meters
from benchmarks.bots.judging import Account
from benchmarks.bots.platforms import all_of_them
from benchmarks.bots.short import MINUTE_S, PER_MINUTE, PERSONAS, WITHIN_S, counts
from benchmarks.bots.town import Resident, Town, town
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell

MINUTES, QUICK_MINUTES = 10.0, 0.02
MANY, QUICK_MANY, LOOKS = 100_000, 120, 20
PER_S = {"discord": 30.0, "telegram": 30.0, "feed": 10.0}  # about as many as each takes without people waiting longer
GROWS, OPENS, PIPELINE = Goal.most(1.05, moonshot=1.01), Goal.most(4.0), Goal.most(10.0)


@dataclass(frozen=True)
class Look:
    """One bot at one time."""

    rss_mb: float
    open_files: int


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what came of all the messages, and what the bots took up meanwhile."""
    minutes, many = (QUICK_MINUTES, QUICK_MANY) if quick else (MINUTES, MANY)
    with town(all_of_them(), personas=PERSONAS) as made:
        crowds = [made.residents(one, PERSONAS) for one in made.platforms]
        per_s = PER_MINUTE / MINUTE_S / len(crowds)
        tell(0.01, f"{minutes:g} minutes")
        with meters.shares(made.pids().pipeline) as taken:
            made.talk(crowds, max(1, round(per_s * minutes * MINUTE_S)), per_s)
        made.settle_all(WITHIN_S)
        accounts = made.accounts()
        looks = _many(made, crowds, many, tell)
    return findings(accounts, sum(taken.of.values()), looks)


def findings(accounts: Mapping[str, Account], pipeline: float, looks: Mapping[str, Sequence[Look]]) -> Findings:
    """Return the figures of what was counted and weighed."""
    figures = [
        *counts(accounts),
        Figure(name="CPU of the pipeline, 1000 messages a minute", value=pipeline, unit="% of a core", goal=PIPELINE),
    ]
    for bot, seen in looks.items():
        half = len(seen) // 2
        first, second = seen[:half], seen[half:]
        grown = statistics.mean(look.rss_mb for look in second) / statistics.mean(look.rss_mb for look in first)
        opened = max(look.open_files for look in second) - max(look.open_files for look in first)
        figures += [
            Figure(name=f"memory of the {bot} bot, second half ÷ first", value=grown, unit="×", goal=GROWS),
            Figure(name=f"memory of the {bot} bot in the end", value=seen[-1].rss_mb, unit="MB"),
            Figure(name=f"descriptors of the {bot} bot, second half beyond the first", value=opened, goal=OPENS),
        ]
    bars = tuple(
        (f"{bot}, look {number + 1}", look.rss_mb) for bot, seen in looks.items() for number, look in enumerate(seen)
    )
    return Findings(figures=tuple(figures), charts=(Chart(title="Memory over many messages", unit="MB", bars=bars),))


def _many(made: Town, crowds: Sequence[Sequence[Resident]], count: int, tell: Tell) -> dict[str, list[Look]]:
    """Have so many messages answered in all, each bot as fast as it goes, and look at the bots now and then."""
    looks: dict[str, list[Look]] = {one.name: [] for one in made.platforms}
    total = sum(PER_S.values())
    for number in range(LOOKS):
        tell(0.2 + 0.8 * number / LOOKS, f"{count} messages")
        shares = [(PER_S[one.name], crowd) for one, crowd in zip(made.platforms, crowds, strict=True)]
        made.talk_each([(crowd, max(1, round(count * per_s / total / LOOKS)), per_s) for per_s, crowd in shares])
        made.calm_down(WITHIN_S)
        for bot, pid in made.pids().bots.items():
            looks[bot].append(Look(meters.rss_mb(pid), meters.open_files(pid)))
    return looks
