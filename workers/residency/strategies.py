"""The ways to decide what a host holds, by the name that `residency.strategy` has in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tasks.contracts.fleet import Fleet
from tasks.contracts.residency import Residency, StrategyName
from workers.residency import baselines
from workers.residency.policy import decide
from workers.residency.rules import Rules
from workers.residency.view import Decision, HostView

Strategy = Callable[[HostView, Rules], Decision]

STRATEGIES: Mapping[StrategyName, Strategy] = {
    "sticky": decide,
    "least-loaded": baselines.least_loaded,
    "round-robin": baselines.round_robin,
    "model-affinity": baselines.model_affinity,
    "memory-based": baselines.memory_based,
    "exhaustive": baselines.exhaustive,
    "exhaustive-shedding": baselines.exhaustive_with_shedding,
}


def rules_of(residency: Residency, deadline_s: float) -> Rules:
    """Return the rules that the settings ask for, where people wait `deadline_s` at most."""
    return Rules.for_deadline(
        deadline_s,
        aging_s=residency.aging_s,
        turn_deadlines=residency.turn_deadlines,
        residence_loads=residency.residence_loads,
        backlog_ratio=residency.backlog_ratio,
        copy_loads=residency.copy_loads,
        copy_over_last_loads=residency.copy_over_last_loads,
        half_life_s=residency.half_life_s,
    )


def chosen(residency: Residency, deadline_s: float) -> Callable[[HostView], Decision]:
    """Return the decision that these settings ask for."""
    strategy, rules = STRATEGIES[residency.strategy], rules_of(residency, deadline_s)
    return lambda view: strategy(view, rules)


def following(fleet: Callable[[], Fleet]) -> Callable[[HostView], Decision]:
    """Return the decision that the fleet file asks for whenever one is made: a change takes effect with the next."""

    def decision(view: HostView) -> Decision:
        now = fleet()
        return chosen(now.residency, now.jobs.deadline_s)(view)

    return decision
