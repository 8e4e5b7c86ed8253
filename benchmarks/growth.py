"""What a job costs as the flock grows, as a multiple of what it costs with one model and with one session.

A backlog is submitted, then claimed and finished, by this process through the ledger's own moves, spread over so many
models or sessions. The cost of a job is the CPU time of Redis and of this process. Each session is another person's.
*A look of the sweeper* is what the flock pays once a second, whoever leads.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import MS, Chart, Figure, Findings, Goal, Tell, rotated
from benchmarks.stage import HOST, join, stage
from tasks.contracts.messages import JobRequest, Usage
from tasks.jobs import moves
from tasks.jobs.store import Store
from tasks.jobs.values import Claim, HostCard, Ways

MODELS, SESSIONS = (1, 10, 100, 1000), (1, 10, 50, 200)
QUICK = (1, 4)
JOBS, QUICK_JOBS, ROUNDS = 1_000, 20, 3
PEOPLE = 50  # while models grow in number
SLOTS = 4
LEASE_MS = 600_000
SWEEPS = 20
GOAL = Goal.most(1.5, moonshot=1.1)
WAYS = Ways()


@dataclass(frozen=True)
class Flock:
    """How many there are of what."""

    models: int
    sessions: int


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one job, and milliseconds of one look of the sweeper amid the backlog."""

    job_ms: float
    sweep_ms: float


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the cost of a job relative to one model, and to one session."""
    jobs, rounds = (QUICK_JOBS, 1) if quick else (JOBS, ROUNDS)
    flocks = [Flock(models=count, sessions=PEOPLE) for count in (QUICK if quick else MODELS)]
    flocks += [Flock(models=1, sessions=count) for count in (QUICK if quick else SESSIONS) if count != PEOPLE]
    costs: dict[Flock, list[Cost]] = {flock: [] for flock in flocks}
    with stage() as made:
        store = made.store(made.redis(fsync=False))  # the disk costs each job the same
        cost_of(store, jobs, flocks[0])  # for warming up
        for turn in range(rounds):
            for flock in rotated(flocks, turn):
                costs[flock].append(cost_of(store, jobs, flock))
            tell((turn + 1) / rounds, f"round {turn + 1}")
    middles = {flock: middle(said) for flock, said in costs.items()}
    models = {flock.models: cost for flock, cost in middles.items() if flock.sessions == PEOPLE}
    sessions = {flock.sessions: cost.job_ms for flock, cost in middles.items() if flock.models == 1}
    return findings(
        {count: cost.job_ms for count, cost in models.items()},
        {count: sessions[count] for count in sorted(sessions)},
        {count: cost.sweep_ms for count, cost in models.items()},
    )


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the middle of the rounds."""
    return Cost(statistics.median(cost.job_ms for cost in costs), statistics.median(cost.sweep_ms for cost in costs))


def findings(models: Mapping[int, float], sessions: Mapping[int, float], sweeps: Mapping[int, float]) -> Findings:
    """Return the figures of these costs, in milliseconds, by how many there are."""
    figures, charts = [], []
    for what, costs in (("model", models), ("session", sessions)):
        first = min(costs)
        figures.append(Figure(name=f"a job with 1 {what}", value=costs[first], unit="CPU ms"))
        bars = []
        for count, cost in costs.items():
            if count != first:
                goal = GOAL if count == max(costs) else None
                figures.append(
                    Figure(name=f"a job with {count} {what}s", value=cost / costs[first], unit="×", goal=goal)
                )
            bars.append((f"{count} {what}s" if count > 1 else f"1 {what}", cost))
        charts.append(Chart(title=f"CPU time of a job by the number of {what}s", unit="CPU ms", bars=tuple(bars)))
    most, some = max(models), sorted(models)[1]
    if some != most:
        growth = models[most] / models[some]
        figures.append(Figure(name=f"a job with {most} models ÷ {some}", value=growth, unit="×", goal=GOAL))
    figures += [
        Figure(name=f"a look of the sweeper, {count} models", value=ms, unit="ms") for count, ms in sweeps.items()
    ]
    return Findings(figures=tuple(figures), charts=tuple(charts))


def cost_of(store: Store, jobs: int, flock: Flock) -> Cost:
    """Submit a backlog over so many models and sessions, look at it as the sweeper does, and answer it."""
    store.client.flushall()
    names = [f"model-{number}" for number in range(flock.models)]
    card = HostCard(name=HOST, fence=join(store, names), slots=SLOTS)
    requests = [_request(names[number % flock.models], f"session-{number % flock.sessions}") for number in range(jobs)]
    began_s = _cpu_s(store.client)
    for request in requests:
        store.run(moves.submit(request, WAYS))
    waiting_s = _cpu_s(store.client)
    sweep_ms = _sweep_ms(store)
    resumed_s = _cpu_s(store.client)
    for number in range(jobs):
        _answer(store, card, names[number % flock.models])
    spent_s = waiting_s - began_s + _cpu_s(store.client) - resumed_s
    return Cost(spent_s / jobs * MS, sweep_ms)


def _request(model: str, session: str) -> JobRequest:
    return JobRequest(job=uuid.uuid4().hex, model=model, session=session, user=session, text="hello")


def _answer(store: Store, card: HostCard, model: str) -> None:
    claim = store.run(moves.claim(card, model, "bench", LEASE_MS))
    if isinstance(claim, Claim):
        store.run(moves.finish(claim, "hi", {"answered_by": model}, Usage(completion_tokens=1)))


def _sweep_ms(store: Store) -> float:
    began_s = time.perf_counter()
    for _ in range(SWEEPS):
        store.run(moves.sweep("bench", LEASE_MS))
    return (time.perf_counter() - began_s) / SWEEPS * MS


def _cpu_s(client: Any) -> float:
    """Return the CPU seconds that Redis and this process have used so far."""
    used = client.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"]) + time.process_time()
