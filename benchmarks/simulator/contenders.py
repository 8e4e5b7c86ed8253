"""Who is compared: the shipped policy, the other strategies, flocks without residency, and one that never loads."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.plots import OURS
from benchmarks.simulator.ideal import Ideal
from benchmarks.simulator.pull import Pull
from benchmarks.simulator.push import OneQueue, Routed, affinity, in_turn, least_loaded
from benchmarks.simulator.scenarios import Scenario
from benchmarks.simulator.world import World
from tasks.contracts.residency import StrategyName
from workers.residency.rules import Rules
from workers.residency.shedding import Shed, is_beyond_help, later, never
from workers.residency.strategies import STRATEGIES

EXHAUSTIVE, SHEDDING, IDEAL = "exhaustive pull", "exhaustive pull, shedding", "no swaps at all"
Making = Callable[[Scenario, float], World]


def pulling(name: StrategyName, shed: Shed = is_beyond_help, **rules: float) -> Making:
    """Return how to make a flock that pulls by one of the product's strategies, and sheds as its claim does."""

    def made(scenario: Scenario, deadline_s: float) -> World:
        return Pull(scenario, Rules.for_deadline(deadline_s, **rules), STRATEGIES[name], shed)

    return made


CONTENDERS: dict[str, Making] = {
    "one queue, Ollama-like": OneQueue,
    "router, round-robin": lambda scenario, deadline_s: Routed(scenario, deadline_s, in_turn),
    "router, least-loaded": lambda scenario, deadline_s: Routed(scenario, deadline_s, least_loaded),
    "router, affinity": lambda scenario, deadline_s: Routed(scenario, deadline_s, affinity),
    EXHAUSTIVE: pulling("exhaustive", never),
    SHEDDING: pulling("exhaustive-shedding"),
    OURS: pulling("sticky"),
    IDEAL: Ideal,
}
#: Other choices that the settings leave, for the plot of misses against fairness.
CHOICES: dict[str, Making] = {
    "exhaustive, shedding later": pulling("exhaustive-shedding", later),
    "shedding later": pulling("sticky", later),
    "turns after 1 deadline": pulling("sticky", turn_deadlines=1.0),
    "turns after 4 deadlines": pulling("sticky", turn_deadlines=4.0),
    "residence of 5 loads": pulling("sticky", residence_loads=5.0),
    "least-loaded": pulling("least-loaded"),
}
PULLING = (EXHAUSTIVE, SHEDDING, OURS)
