"""Rookery beside other queues for Python on the same Redis, each with its own worker in an environment of its own.

Every round, each in turn: jobs that do nothing are put on the queue by one sender, worked off by one worker process
that has four in hand where it can, and then asked for one at a time until the result is here. All keep their results,
since an answer is what Rookery is for; Rookery's job is a generation job on the `fake` engine. RQ's worker is the one
that forks nothing; arq and Taskiq look for work and results every 10 ms, which is quicker than they come. Redis writes
to the disk before it answers. *A raw list* is the floor: BRPOP, one INCR, one LPUSH back.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import redis

from benchmarks.contenders import CELERY, Contender, Peer, Program, RawList, Rookery
from benchmarks.drain import once_left, rate_of
from benchmarks.environments import python_of
from benchmarks.figures import MS, Chart, Cost, Figure, Findings, Goal, Tell, rotated, time_for_another
from benchmarks.stage import Stage, stage

PROGRAMS = (
    CELERY,
    Program("dramatiq", (("HLEN", "dramatiq:default.msgs"),)),
    Program("arq", (("ZCARD", "arq:queue"),)),
    Program("taskiq", (("LLEN", "taskiq"),)),
    Program("rq", (("LLEN", "rq:queue:default"), ("ZCARD", "rq:wip:default"))),
)
PEERS = tuple(program.name for program in PROGRAMS)
OURS, RAW = "Rookery", "raw list"
#: Each works for a few seconds.
JOBS = {OURS: 2_000, RAW: 8_000, "celery": 2_000, "dramatiq": 4_000, "arq": 1_000, "taskiq": 1_500, "rq": 600}
ROUNDS, ASKS = 3, 60
BUDGET_S = 360.0  # on a machine that is so busy, fewer rounds have to do
QUICK_JOBS, QUICK_ASKS = 60, 3
WARM_UP_JOBS, FIRST_ASKS = 20, 3  # connections are made with these
WORKER, SENDER = Goal.least(1.0, moonshot=2.0), Goal.least(3.0)
UNIT = "jobs / CPU s"


@dataclass(frozen=True)
class Trial:
    """One contender in one round."""

    jobs_per_cpu_s: float
    enqueued: Cost
    """Jobs a second, and a CPU second."""
    round_trip_ms: float


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return what worker and sender get done, and how long one job takes, for each contender."""
    pythons = {program.name: python_of(program.name) for program in PROGRAMS}
    rounds = 1 if quick else ROUNDS
    trials: dict[str, list[Trial]] = {}
    with stage() as made:
        url = made.redis(fsync=True)
        contenders: dict[str, Contender] = {OURS: Rookery(made, url), RAW: RawList(made, url)}
        contenders |= {one.name: Peer(made, url, one, python=pythons[one.name]) for one in PROGRAMS}
        began_s, done, of = time.monotonic(), 0, rounds * len(contenders)
        for turn in range(rounds):
            for name in rotated(list(contenders), turn):
                tell(done / of, name)
                jobs, asks = (QUICK_JOBS, QUICK_ASKS) if quick else (JOBS[name], ASKS)
                trials.setdefault(name, []).append(trial(made, url, contenders[name], jobs, asks))
                done += 1
            if not time_for_another(turn + 1, time.monotonic() - began_s, BUDGET_S):
                break
    return findings({name: middle(said) for name, said in trials.items()})


def trial(made: Stage, url: str, contender: Contender, jobs: int, asks: int) -> Trial:
    """Empty Redis, fill the queue, work it off, ask."""
    contender.enqueue(WARM_UP_JOBS)
    with redis.Redis.from_url(url) as client:
        client.flushall()
    cost = contender.enqueue(jobs)
    pid = contender.start_worker()
    rate = rate_of(contender, pid, jobs)
    once_left(contender, pid, 0)
    times_s = [contender.ask() for _ in range(FIRST_ASKS + asks)][FIRST_ASKS:]
    made.end(pid)
    return Trial(rate, Cost(jobs / cost.wall_s, jobs / cost.cpu_s), statistics.median(times_s) * MS)


def middle(trials: Sequence[Trial]) -> Trial:
    """Return the middle of the rounds."""
    return Trial(
        statistics.median(one.jobs_per_cpu_s for one in trials),
        Cost(
            statistics.median(one.enqueued.wall_s for one in trials),
            statistics.median(one.enqueued.cpu_s for one in trials),
        ),
        statistics.median(one.round_trip_ms for one in trials),
    )


def findings(trials: Mapping[str, Trial]) -> Findings:
    """Return the figures of these trials, and how ours compares with plain Celery."""
    ours, celery = trials[OURS], trials[CELERY.name]
    worked = {name: one.jobs_per_cpu_s for name, one in trials.items()}
    sent = {name: one.enqueued.cpu_s for name, one in trials.items()}
    taken = {name: one.round_trip_ms for name, one in trials.items()}
    against = (
        ("worker: Rookery ÷ celery", ours.jobs_per_cpu_s / celery.jobs_per_cpu_s, WORKER),
        ("sender, CPU: Rookery ÷ celery", ours.enqueued.cpu_s / celery.enqueued.cpu_s, SENDER),
        ("sender, time: Rookery ÷ celery", ours.enqueued.wall_s / celery.enqueued.wall_s, None),
    )
    figures = [
        *(Figure(name=f"worker: {name}", value=rate, unit=UNIT) for name, rate in worked.items()),
        *(Figure(name=f"sender: {name}", value=rate, unit=UNIT) for name, rate in sent.items()),
        *(Figure(name=f"round trip p50: {name}", value=took, unit="ms") for name, took in taken.items()),
        *(Figure(name=name, value=value, unit="×", goal=goal) for name, value, goal in against),
    ]
    charts = (
        Chart(
            title="Jobs worked off per CPU second of the worker",
            unit=UNIT,
            bars=_ordered(worked),
            goals={OURS: WORKER.bound * celery.jobs_per_cpu_s},
        ),
        Chart(
            title="Jobs put on the queue per CPU second of the sender",
            unit=UNIT,
            bars=_ordered(sent),
            goals={OURS: SENDER.bound * celery.enqueued.cpu_s},
        ),
        Chart(title="One job until its result is here, p50", unit="ms", bars=_ordered(taken, least_first=True)),
    )
    return Findings(figures=tuple(figures), charts=charts)


def _ordered(values: Mapping[str, float], *, least_first: bool = False) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(values.items(), key=lambda bar: bar[1], reverse=not least_first))
