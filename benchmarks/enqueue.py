"""How many jobs a sender puts on the queue in a second: of time that passes, and of its own CPU time.

*Rookery*: `gateway.submit`, which makes a durable record, its place in line and its bell in one call. *Celery*:
`apply_async` of a plain task, once as a sender that never asks for the result and once as one that may. Each sends one
job at a time over one connection, in turns.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import redis

from benchmarks.contenders import CELERY, Contender, Peer, Rookery
from benchmarks.figures import Chart, Cost, Figure, Findings, Goal, Tell, rotated
from benchmarks.stage import stage

ROUNDS, JOBS = 5, 600
QUICK_JOBS = 20
GOAL = Goal.least(3.0)
CELERY_SENDS, CELERY_ASKS = "Celery", "Celery with results"
LOGS = {"AOF always": True, "AOF off": False}


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return jobs per second and per CPU second of each sender, and how ours compares."""
    rounds, jobs = (1, QUICK_JOBS) if quick else (ROUNDS, JOBS)
    costs: dict[str, dict[str, list[Cost]]] = {}
    with stage() as made:
        for turn, (log, fsync) in enumerate(LOGS.items()):
            url = made.redis(fsync=fsync)
            senders: dict[str, Contender] = {
                "Rookery": Rookery(made, url),
                CELERY_SENDS: Peer(made, url, CELERY),
                CELERY_ASKS: Peer(made, url, CELERY, how="results"),
            }
            costs[log] = sent(url, senders, jobs, rounds)
            tell((turn + 1) / len(LOGS), log)
    return findings({log: {name: rates(said, jobs) for name, said in by.items()} for log, by in costs.items()})


def sent(url: str, senders: Mapping[str, Contender], jobs: int, rounds: int) -> dict[str, list[Cost]]:
    """Return what it cost each sender in each round; the first round is for warming up."""
    costs: dict[str, list[Cost]] = {name: [] for name in senders}
    with redis.Redis.from_url(url) as client:
        for turn in range(rounds + 1):
            for name in rotated(list(senders), turn):
                client.flushall()
                cost = senders[name].enqueue(jobs)
                if turn:
                    costs[name].append(cost)
    return costs


def rates(costs: Sequence[Cost], jobs: int) -> Cost:
    """Return jobs per second, and per CPU second: the middle of the rounds."""
    return Cost(
        statistics.median(jobs / cost.wall_s for cost in costs), statistics.median(jobs / cost.cpu_s for cost in costs)
    )


def findings(said: Mapping[str, Mapping[str, Cost]]) -> Findings:
    """Return the figures of these rates, by the log that Redis keeps and by sender."""
    figures, bars, goals = [], [], {}
    for log, by in said.items():
        for name, rate in by.items():
            figures.append(Figure(name=f"{name}, {log}", value=rate.wall_s, unit="jobs / s"))
            figures.append(Figure(name=f"{name}, {log}, CPU", value=rate.cpu_s, unit="jobs / CPU s"))
            bars.append((f"{name}, {log}", rate.wall_s))
        ours, theirs = by["Rookery"], by[CELERY_SENDS]
        goal = GOAL if log == "AOF always" else None
        if goal is not None:
            goals[f"Rookery, {log}"] = goal.bound * theirs.wall_s
        figures.append(Figure(name=f"Rookery ÷ Celery, {log}", value=ours.wall_s / theirs.wall_s, unit="×", goal=goal))
        figures.append(
            Figure(name=f"Rookery ÷ Celery, {log}, CPU", value=ours.cpu_s / theirs.cpu_s, unit="×", goal=goal)
        )
    chart = Chart(
        title="Jobs put on the queue in a second, by one sender", unit="jobs / s", bars=tuple(bars), goals=goals
    )
    return Findings(figures=tuple(figures), charts=(chart,))
