"""What the bots take up, and how soon they show that they have heard: three processes on emulated platforms.

Fifty personas and as many people on each; the engine is a stub that answers at once. *Pipeline* is what a message costs
beyond the bots: Redis, which puts everything on the disk, and the workers. Memory is that which is resident, shared
pages included. A *sign* is that of somebody writing, from when the message is said until the platform has been told;
*declined* is a message of somebody who asks too much, while no worker moves. The feed shows no signs, and is looked at
every half second. The last figures are of the reception alone.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bots import meters
from benchmarks.bots.judging import Account, account, signs_s
from benchmarks.bots.platforms import all_of_them
from benchmarks.bots.reception import costs_ms
from benchmarks.bots.town import MOST_OF_ONE, Resident, Town, town, until
from benchmarks.figures import MS, Chart, Figure, Findings, Goal, Tell
from benchmarks.stage import stage

PERSONAS = 50
MINUTE_S = 60.0
PER_MINUTE, PER_S, FILLING_PER_S = 1_000.0, 10.0, 12.0
MESSAGES = 1_000  # of each bot, before it is weighed
EAGER, TOO_MANY = 10, 4
FEW, MANY = 50, 1_000
WITHIN_S = 120.0
MEMORY, IDLE, ACTIVE = Goal.most(80.0, moonshot=60.0), Goal.most(5.0, moonshot=1.0), Goal.most(20.0, moonshot=10.0)
PIPELINE, SIGN, DECLINED = Goal.most(10.0), Goal.most(300.0, moonshot=100.0), Goal.most(2_000.0, moonshot=500.0)
NOBODY, GROWTH = Goal.most(0.0), Goal.most(1.5, moonshot=1.1)


@dataclass(frozen=True)
class Lengths:
    """How long things go on, in seconds and messages."""

    idle_s: float = 20.0
    busy_s: float = 30.0
    messages: int = MESSAGES
    fresh: int = 60
    taken_in: int = 200


QUICK = Lengths(idle_s=0.5, busy_s=1.0, messages=25, fresh=5, taken_in=10)


@dataclass(frozen=True)
class Found:
    """What was measured; shares of a core are in percent, by bot or process."""

    idle: Mapping[str, float]
    active: Mapping[str, float]
    pipeline: Mapping[str, float]
    memory_mb: Mapping[str, float]
    signs_ms: Mapping[str, float]
    declined_ms: Mapping[str, float]
    accounts: Mapping[str, Account]
    reception_ms: Mapping[int, float]


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what bots take up, and how soon they say something."""
    lengths = QUICK if quick else Lengths()
    with town(all_of_them(), personas=PERSONAS) as made:
        tell(0.05, "nobody says anything")
        idle = _idle(made, lengths)
        crowds = [made.residents(one, PERSONAS) for one in made.platforms]
        tell(0.2, "a thousand messages a minute")
        pipeline = _pipeline(made, crowds, lengths)
        tell(0.4, "ten messages a second for each bot")
        active = _active(made, crowds, lengths)
        tell(0.6, "a thousand messages for each bot")
        memory = _filled(made, crowds, lengths)
        tell(0.8, "people who are new")
        signs = _signs(made, lengths)
        declined = _declined(made)
        accounts = made.accounts()
    tell(0.9, f"{FEW} personas, and {MANY}")
    with stage() as staged, tempfile.TemporaryDirectory() as folder:
        reception = costs_ms(staged.redis(fsync=False), Path(folder), (FEW, MANY), lengths.taken_in)
    return findings(Found(idle, active, pipeline, memory, signs, declined, accounts, reception))


def findings(found: Found) -> Findings:
    """Return the figures of what was measured."""
    figures = [
        *_each("memory of the {} bot after 1000 messages", found.memory_mb, "MB", MEMORY),
        *_each("CPU of the {} bot, idle", found.idle, "% of a core", IDLE),
        *_each("CPU of the {} bot, 10 messages a second", found.active, "% of a core", ACTIVE),
        Figure(
            name="CPU of the pipeline, 1000 messages a minute",
            value=sum(found.pipeline.values()),
            unit="% of a core",
            goal=PIPELINE,
        ),
        *_each("from a message to the sign on {}, p95", found.signs_ms, "ms", SIGN),
        *_each("from a message to that it is declined on {}, p95", found.declined_ms, "ms", DECLINED),
        *counts(found.accounts),
        Figure(name=f"to take in a message, {FEW} personas", value=found.reception_ms[FEW], unit="CPU ms"),
        Figure(
            name=f"to take in a message, {MANY} personas ÷ {FEW}",
            value=found.reception_ms[MANY] / found.reception_ms[FEW],
            unit="×",
            goal=GROWTH,
        ),
    ]
    return Findings(figures=tuple(figures), charts=(_memory(found.memory_mb), _cpu(found)))


def counts(accounts: Mapping[str, Account]) -> list[Figure]:
    """Return how many messages there were, and how many of them came to what none should."""
    all_of = list(accounts.values())
    wrong = {
        "lost": sum(len(one.lost) for one in all_of),
        "answered twice": sum(len(one.doubled) for one in all_of),
        "answered out of order": sum(len(one.out_of_order) for one in all_of),
    }
    return [
        Figure(name="messages answered", value=sum(one.answered for one in all_of)),
        *(Figure(name=f"messages {what}", value=count, goal=NOBODY) for what, count in wrong.items()),
    ]


def _each(name: str, values: Mapping[str, float], unit: str, goal: Goal) -> list[Figure]:
    return [Figure(name=name.format(bot), value=value, unit=unit, goal=goal) for bot, value in values.items()]


def _memory(memory_mb: Mapping[str, float]) -> Chart:
    goals = dict.fromkeys(memory_mb, MEMORY.bound)
    return Chart(title="Memory of a bot after 1000 messages", unit="MB", bars=tuple(memory_mb.items()), goals=goals)


def _cpu(found: Found) -> Chart:
    bars = tuple((f"{bot}, {what}", value) for what, of in _kinds(found) for bot, value in of.items())
    return Chart(title="CPU time by process", unit="% of a core", bars=bars)


def _kinds(found: Found) -> tuple[tuple[str, Mapping[str, float]], ...]:
    return (("idle", found.idle), ("10 a second", found.active), ("1000 a minute", found.pipeline))


def _idle(made: Town, lengths: Lengths) -> Mapping[str, float]:
    with meters.shares(made.pids().bots) as taken:
        time.sleep(lengths.idle_s)
    return taken.of


def _pipeline(made: Town, crowds: Sequence[Sequence[Resident]], lengths: Lengths) -> Mapping[str, float]:
    per_s = PER_MINUTE / MINUTE_S / len(crowds)
    with meters.shares(made.pids().pipeline) as taken:
        made.talk(crowds, round(per_s * lengths.busy_s), per_s)
    made.settle_all(WITHIN_S)
    return taken.of


def _active(made: Town, crowds: Sequence[Sequence[Resident]], lengths: Lengths) -> Mapping[str, float]:
    with meters.shares(made.pids().bots) as taken:
        made.talk(crowds, round(PER_S * lengths.busy_s), PER_S)
    made.settle_all(WITHIN_S)
    return taken.of


def _filled(made: Town, crowds: Sequence[Sequence[Resident]], lengths: Lengths) -> Mapping[str, float]:
    left = lengths.messages - min(map(len, made.asked.values()))
    made.talk(crowds, max(0, left), FILLING_PER_S)
    made.settle_all(WITHIN_S)
    return {bot: meters.rss_mb(pid) for bot, pid in made.pids().bots.items()}


def _signs(made: Town, lengths: Lengths) -> Mapping[str, float]:
    """Return how soon people who never spoke before see that somebody writes, all but a twentieth of them."""
    found = {}
    for one in made.platforms[:2]:
        crowd = made.residents(one, lengths.fresh)
        first = len(made.asked[one.name])
        made.talk([crowd], len(crowd), PER_S)
        made.settle_all(WITHIN_S)
        asked_s = [question.asked_s for question in made.asked[one.name][first:]]
        places = [(who.place, at_s) for who, at_s in zip(crowd, asked_s, strict=True)]
        found[one.name] = p95(signs_s(places, one.signs())) * MS
    return found


def _declined(made: Town) -> Mapping[str, float]:
    """Return how soon who asks too much is told so, while nobody is answered."""
    crowds = [made.residents(one, EAGER) for one in made.platforms[:2]]  # on a feed nobody sees what answers what
    first = {one.name: len(made.asked[one.name]) for one in made.platforms}
    taken = made.taken()

    def came() -> list[Account]:
        return [account(made.asked[one.name][first[one.name] :], one.posts()) for one in made.platforms[:2]]

    with made.paused():
        made.talk(crowds, EAGER * (MOST_OF_ONE + TOO_MANY), PER_S * 2)
        until(lambda: all(one.told == EAGER * TOO_MANY for one in came()), WITHIN_S, "words for who asks too much")
    made.settle(taken + len(crowds) * EAGER * MOST_OF_ONE, WITHIN_S)
    return {one.name: p95(of.told_s) * MS for one, of in zip(made.platforms, came(), strict=False)}


def p95(sample: Sequence[float]) -> float:
    """Return what all but a twentieth stay below."""
    return statistics.quantiles(sample, n=20, method="inclusive")[-1]
