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
from workers.residency.shedding import Shed, is_beyond_help, lacks_time, never
from workers.residency.strategies import STRATEGIES

EXHAUSTIVE, SHEDDING, IDEAL = "exhaustive pull", "exhaustive pull, shedding", "no swaps at all"
Making = Callable[[Scenario, float], World]


def pulling(name: StrategyName, shed: Shed = is_beyond_help) -> Making:
    """Return how to make a flock that pulls by one of the product's strategies, and sheds as its claim does."""
    return lambda scenario, deadline_s: Pull(scenario, Rules.for_deadline(deadline_s), STRATEGIES[name], shed)


CONTENDERS: dict[str, Making] = {
    "one queue, Ollama-like": OneQueue,
    "router, round-robin": lambda scenario, deadline_s: Routed(scenario, deadline_s, in_turn),
    "router, least-loaded": lambda scenario, deadline_s: Routed(scenario, deadline_s, least_loaded),
    "router, affinity": lambda scenario, deadline_s: Routed(scenario, deadline_s, affinity),
    EXHAUSTIVE: pulling("exhaustive", never),
    SHEDDING: pulling("exhaustive-shedding"),
    OURS: pulling("sticky"),
    f"{OURS}, shedding sooner": pulling("sticky", lacks_time),
    IDEAL: Ideal,
}
#: The strategies of the product, for the plot of misses against fairness.
CHOICES: dict[str, Making] = {
    f"{OURS}, sticky": pulling("sticky"),
    "least-loaded": pulling("least-loaded"),
    "round-robin": pulling("round-robin"),
    "model-affinity": pulling("model-affinity"),
    "memory-based": pulling("memory-based"),
    "exhaustive-shedding": pulling("exhaustive-shedding"),
    "exhaustive, not shedding": pulling("exhaustive", never),
}
