"""How many jobs one worker finishes in a second of its own CPU time, while it works off a backlog.

*Rookery*: jobs without work, on the `fake` engine, through the real generation task: claimed, answered, recorded. *Raw
list*: BRPOP and one INCR. *Plain Celery*: a task that does nothing, with late acknowledgement and its result in Redis,
on as many threads. Redis writes to the disk before it answers. The backlog is worked off by one after the other, in
rounds; a worker's start and the end of its backlog do not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from functools import partial

import redis

from benchmarks.contenders import CELERY, Contender, Peer, RawList, Rookery
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell, interleaved
from benchmarks.stage import Stage, cpu_s, stage
from tasks.contracts.errors import ProcessFailed

OURS, RAW, CELERY_SAFE = "Rookery", "raw list", "plain Celery"
ROUNDS, JOBS = 3, {OURS: 3_400, RAW: 10_000, CELERY_SAFE: 3_400}  # 10,000 of ours in all
QUICK_JOBS = 120
LOOK_EVERY_S = 0.02
DRAIN_S, BUDGET_S = 120.0, 240.0  # on a machine that is so busy, fewer rounds have to do
FROM_LEFT, TO_LEFT = 0.9, 0.05  # between these parts of a backlog a worker is timed
TICK_S = 0.01  # CPU time is counted in these
GOAL = Goal.least(1.0, moonshot=2.0)
UNIT = "jobs / CPU s"


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return jobs per CPU second of each worker, and how ours compares."""
    with stage() as made:
        url = made.redis(fsync=True)
        contenders: dict[str, Contender] = {
            OURS: Rookery(made, url),
            RAW: RawList(made, url),
            CELERY_SAFE: Peer(made, url, CELERY),
        }
        jobs = dict.fromkeys(JOBS, QUICK_JOBS) if quick else JOBS
        rates = drained(made, url, contenders, jobs, 1 if quick else ROUNDS, tell)
    return findings(rates)


def drained(
    made: Stage, url: str, contenders: Mapping[str, Contender], jobs: Mapping[str, int], rounds: int, tell: Tell
) -> dict[str, list[float]]:
    """Return jobs per CPU second of each contender in each round."""
    with redis.Redis.from_url(url) as client:

        def one(name: str) -> float:
            client.flushall()
            return jobs_per_cpu_s(made, contenders[name], jobs[name])

        ways = {name: partial(one, name) for name in contenders}
        return interleaved(ways, rounds, budget_s=BUDGET_S, tell=lambda part: tell(part, "backlogs"))


def findings(rates: Mapping[str, Sequence[float]]) -> Findings:
    """Return the figures of these rates: the middle of the rounds, and of the ratios in each round."""
    middles = {name: statistics.median(said) for name, said in rates.items()}
    figures = [Figure(name=name, value=rate, unit=UNIT) for name, rate in middles.items()]
    for name in (RAW, CELERY_SAFE):
        ratio = statistics.median(ours / theirs for ours, theirs in zip(rates[OURS], rates[name], strict=True))
        goal = GOAL if name == CELERY_SAFE else None
        figures.append(Figure(name=f"{OURS} ÷ {name}", value=ratio, unit="×", goal=goal))
    chart = Chart(
        title="Jobs per CPU second of the worker",
        unit=UNIT,
        bars=tuple(middles.items()),
        goals={OURS: GOAL.bound * middles[CELERY_SAFE]},
    )
    return Findings(figures=tuple(figures), charts=(chart,))


def jobs_per_cpu_s(made: Stage, contender: Contender, count: int) -> float:
    """Fill the queue, start a worker, and return how many jobs it finishes in a second of CPU time."""
    contender.enqueue(count)
    pid = contender.start_worker()
    rate = rate_of(contender, pid, count)
    made.end(pid)
    return rate


def rate_of(contender: Contender, pid: int, count: int) -> float:
    """Return how many of `count` jobs the worker of that pid, just started, finishes in a second of CPU time."""
    first_left, first_s = once_left(contender, pid, int(count * FROM_LEFT))
    last_left, last_s = once_left(contender, pid, int(count * TO_LEFT))
    if first_left == last_left:  # a backlog so small that it was gone at the first look: then the start counts too
        return (count - last_left) / max(last_s, TICK_S)
    return (first_left - last_left) / max(last_s - first_s, TICK_S)


def once_left(contender: Contender, pid: int, most: int) -> tuple[int, float]:
    """Wait until at most so many jobs are left; return how many, and the CPU seconds of the worker until then."""
    give_up_s = time.monotonic() + DRAIN_S
    while (left := contender.left()) > most:
        if time.monotonic() > give_up_s:
            raise ProcessFailed(f"the worker of {type(contender).__name__} left {left} jobs for {DRAIN_S:g} s")
        time.sleep(LOOK_EVERY_S)
    return left, cpu_s(pid)
