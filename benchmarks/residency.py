"""What hosts hold, by the shipped decision in simulated time, beside other ways to place models.

Simulated hosts answer and load at the speed of their memory and disk. The decision is the product's own function, and
sees what a host of the product sees. Requests come half alone and half in bursts, and miss when they are not answered
in two minutes. The number behind a fleet is the load, as a share of what all its hosts could read at full batches; a
*storm* is a fifth of the requests, all at once, and *patient* if an hour will do. *Worst-served* is the model with the
largest share of misses. *Longest wait* is the longest that people waited for a model and none of them had a turn.
*Swaps forced* is the share of all hosts' time that went into loads over models in use. The *bound* of the makespan
knows no swaps; *no swaps at all* holds every model everywhere. `python -m benchmarks residency-full` takes more seeds
and all fleets.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import product

from benchmarks.figures import MS, PERCENT, Figure, Findings, Goal, Grid, Scatter, Tell
from benchmarks.plots import OURS, shown
from benchmarks.simulator.contenders import CHOICES, CONTENDERS, EXHAUSTIVE, IDEAL, PULLING, SHEDDING
from benchmarks.simulator.crowd import crowded_view
from benchmarks.simulator.outcome import Outcome
from benchmarks.simulator.runs import DEADLINE_S, Case, Outcomes, outcomes
from benchmarks.simulator.scenarios import CARD, CARD_SIZES, STORM_SHARE, SimModel
from workers.residency.policy import decide
from workers.residency.rules import Rules

FIRST_SEED = 20_000  # none of those that the policy was tuned on
HOUR_S = 3_600.0
SMALL, SMALL_SEEDS = 3_000, 3
CASES = (
    Case("seed2mac", 0.45, SMALL, SMALL_SEEDS),
    Case("seed2mac", 0.7, SMALL, SMALL_SEEDS),
    Case("smallbox", 0.5, SMALL, SMALL_SEEDS),
    Case("smallbox", 0.9, SMALL, SMALL_SEEDS),
    Case("smallbox", 1.3, SMALL, SMALL_SEEDS),
    Case("seed2mac", 0.45, SMALL, SMALL_SEEDS, storm=True),
    Case("smallbox", 0.9, SMALL, SMALL_SEEDS, storm=True),
    Case("smallbox", 0.9, SMALL, SMALL_SEEDS, storm=True, deadline_s=HOUR_S),
    Case("fleet20", 0.8, 4_000, 1),
)
QUICK = (Case("seed2mac", 0.45, 200, 1), Case("smallbox", 1.3, 200, 1))
COLUMNS = (
    "", "misses", "worst-served", "p50", "p99", "longest wait", "makespan ÷ bound", "swaps forced", "loads",
    "loads / 1000 answers", "answers in time / s",
)  # fmt: skip
DECISIONS, TICK_S = 200, 0.5


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the table of every case and contender, and the figures that have goals."""
    return measured(tell, QUICK if quick else CASES)


def measured(tell: Tell, cases: Sequence[Case]) -> Findings:
    """Simulate these cases."""
    overload = [case for case in cases if case.load > 1]
    pairs = [*product(cases, CONTENDERS), *product([case for case in overload if case.scenario == "smallbox"], CHOICES)]
    found = outcomes(pairs, FIRST_SEED, tell)
    tell(1.0, "a decision among many models")
    figures = [figure for case in cases for figure in _figures(case, found)]
    return Findings(
        figures=(*figures, *decision_figures()),
        charts=tuple(trade(case, found) for case in overload),
        grids=tuple(grid(case, found) for case in cases),
    )


def grid(case: Case, found: Outcomes) -> Grid:
    """Return the table of one case."""
    runs = f"{case.seeds} runs" if case.seeds > 1 else "one run"
    requests = case.requests // STORM_SHARE if case.storm else case.requests
    title = f"{case.name}: {runs} of {requests:,} requests"
    return Grid(title=title, columns=COLUMNS, rows=tuple((name, *row(found[case, name])) for name in CONTENDERS))


def row(seen: Outcome) -> tuple[str, ...]:
    """Return the cells of one contender."""
    return (
        f"{seen.missed:.2%}",
        f"{seen.worst:.1%}",
        f"{shown(seen.p50_s)} s",
        f"{shown(seen.p99_s)} s",
        f"{shown(seen.gap_s)} s",
        f"{seen.makespan:.3f}",
        f"{seen.forced:.1%}",
        shown(seen.loads),
        shown(seen.loads_per_1000),
        shown(seen.goodput),
    )


def trade(case: Case, found: Outcomes) -> Scatter:
    """Return misses against fairness for hosts that pull."""
    seen = {name: found[case, name] for name in (*PULLING, *CHOICES) if (case, name) in found}
    points = [(name, outcome.missed * PERCENT, outcome.worst * PERCENT) for name, outcome in seen.items()]
    return Scatter(
        title=f"Misses against fairness, {case.name}",
        across="misses of all models, %",
        up="misses of the worst-served model, %",
        points=tuple(points),
    )


def _figures(case: Case, found: Outcomes) -> Iterator[Figure]:
    ours, exhaustive, shedding, ideal = (found[case, name] for name in (OURS, EXHAUSTIVE, SHEDDING, IDEAL))
    if case.storm:
        if case.deadline_s > DEADLINE_S:
            goal = Goal.most(1.1, moonshot=1.04)
            yield Figure(name=f"{case.name}: makespan ÷ bound", value=ours.makespan, unit="×", goal=goal)
        return
    if exhaustive.missed > 0.01:
        yield _ratio(f"{case.name}: misses ÷ exhaustive", ours.missed, exhaustive.missed, Goal.most(1.0))
        yield _ratio(
            f"{case.name}: misses ÷ exhaustive with shedding",
            ours.missed,
            shedding.missed,
            Goal.most(1.15, moonshot=1.0),
        )
        yield _ratio(
            f"{case.name}: worst-served ÷ exhaustive with shedding", ours.worst, shedding.worst, Goal.most(1.0)
        )
    yield _ratio(f"{case.name}: loads ÷ exhaustive", ours.loads, exhaustive.loads, Goal.most(1.2, moonshot=0.8))
    if case.load < 1:
        yield _ratio(f"{case.name}: p99 ÷ exhaustive", ours.p99_s, exhaustive.p99_s, Goal.most(1.2, moonshot=1.0))
    if case.scenario == "seed2mac" and case.load < 0.5:
        yield _ratio(f"{case.name}: p99 ÷ no swaps", ours.p99_s, ideal.p99_s, Goal.most(1.2, moonshot=1.05))
        goal = Goal.most(50.0, moonshot=10.0)
        yield Figure(name=f"{case.name}: loads / 3000 requests, warm", value=ours.warm_loads_per_3000, goal=goal)
    if case.scenario == "smallbox" and case.load > 1:
        bound_s = longest_gap_s(ours.longest_answer_s)
        yield _ratio(f"{case.name}: longest wait for a turn ÷ bound", ours.gap_s, bound_s, Goal.most(1.0, moonshot=0.5))
        goal = Goal.most(10.0, moonshot=5.0)
        yield Figure(name=f"{case.name}: swaps forced", value=ours.forced * PERCENT, unit="%", goal=goal)


def _ratio(name: str, value: float, other: float, goal: Goal) -> Figure:
    return Figure(name=name, value=value / other if other else 1.0, unit="×", goal=goal)


def longest_gap_s(answer_s: float) -> float:
    """Return the stated bound on the time between two turns of a model on the small box: see docs/residency.md."""
    rules = Rules.for_deadline(DEADLINE_S)
    load_s = max(CARD.load_s(SimModel(size, 4)) for size in CARD_SIZES)
    ahead = len(CARD_SIZES) - 2  # one is this model, and at least one other is held
    one_turn_s = TICK_S + rules.residence_starving_s + answer_s + 2 * load_s
    return rules.starving_after_s + (ahead + 1) * one_turn_s


def decision_figures() -> Iterator[Figure]:
    """Yield how long a decision takes where a hundred models are waited for and nothing can be done."""
    rules, took_s = Rules.for_deadline(DEADLINE_S), []
    for seed in range(DECISIONS):
        view = crowded_view(seed)
        began_s = time.thread_time()
        decide(view, rules)
        took_s.append(time.thread_time() - began_s)
    p99_ms = statistics.quantiles(took_s, n=100)[-1] * MS
    yield Figure(name="a decision among 100 models, p50", value=statistics.median(took_s) * MS, unit="CPU ms")
    yield Figure(
        name="a decision among 100 models, p99", value=p99_ms, unit="CPU ms", goal=Goal.most(20.0, moonshot=5.0)
    )
