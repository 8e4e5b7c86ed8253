"""Runs many simulations on all cores of a machine, and returns the mean of those that differ in their seed only."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from benchmarks.figures import Tell
from benchmarks.simulator.contenders import CHOICES, CONTENDERS
from benchmarks.simulator.outcome import Outcome, mean, outcome
from benchmarks.simulator.scenarios import scenario

DEADLINE_S = 120.0


@dataclass(frozen=True, slots=True)
class Case:
    """What is run: a scenario under a load, steady or all at once, with a deadline."""

    scenario: str
    load: float
    requests: int
    seeds: int
    storm: bool = False
    deadline_s: float = DEADLINE_S

    @property
    def name(self) -> str:
        """Its name in tables."""
        patience = "" if self.deadline_s == DEADLINE_S else ", patient"
        return f"{self.scenario} storm{patience}" if self.storm else f"{self.scenario} {self.load:g}"


@dataclass(frozen=True, slots=True)
class Run:
    """One simulation."""

    case: Case
    contender: str
    seed: int


Outcomes = Mapping[tuple[Case, str], Outcome]


def outcome_of(run: Run) -> Outcome:
    """Simulate once."""
    case = run.case
    made = scenario(case.scenario, case.load, run.seed, case.requests)
    world = (CONTENDERS | CHOICES)[run.contender](made.storm() if case.storm else made, case.deadline_s)
    world.run()
    return outcome(world)


def outcomes(pairs: Iterable[tuple[Case, str]], first_seed: int, tell: Tell) -> Outcomes:
    """Run each contender on each seed of its case. The longest go first, so that none is left at the end."""
    runs = [Run(case, name, first_seed + turn) for case, name in pairs for turn in range(case.seeds)]
    runs.sort(key=lambda run: -run.case.requests)
    found: dict[tuple[Case, str], list[Outcome]] = defaultdict(list)
    pool = ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))  # threads of this process are at work
    try:
        at_work = {pool.submit(outcome_of, run): run for run in runs}
        for done, future in enumerate(as_completed(at_work), start=1):
            run = at_work[future]
            found[run.case, run.contender].append(future.result())
            tell(done / len(runs), f"{run.case.name}, {run.contender}")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {key: mean(several) for key, several in found.items()}
