"""The other ways to place models, for those who ask for them and to be measured against. Pure.

Hosts pull, so a strategy says who loads a model, by its bid, and what may go for it. What is in memory is served by
whoever holds it, under every strategy. All but the exhaustive ones keep the turn of a model that starves.
"""

from __future__ import annotations

import math
from dataclasses import replace

from workers.residency.policy import decide
from workers.residency.rules import Rules
from workers.residency.view import Decision, HostView, Load, ResidentState

LARGE_GIB = 16.0  # models that belong on hosts with much memory
SPAN = 1000.0  # memory first, then what is in hand


def least_loaded(view: HostView, rules: Rules) -> Decision:
    """Let whoever has the least in hand load, over idle models at once."""
    return _bidding(decide(view, _at_once(rules)), _in_hand(view))


def round_robin(view: HostView, rules: Rules) -> Decision:
    """Let hosts load in turn: whose last load is longest ago goes first."""
    loaded = [each.ready_for_s for each in view.residents if each.state is ResidentState.READY]
    return _bidding(decide(view, _at_once(rules)), 1 / (1 + min(loaded)) if loaded else 0.0)


def model_affinity(view: HostView, rules: Rules) -> Decision:
    """Leave a model where it is, however many wait; one that nobody has goes to the host with the most free memory."""
    unheld = tuple(candidate for candidate in view.candidates if not candidate.demand.holders)
    return _bidding(decide(replace(view, candidates=unheld), _at_once(rules)), 1 / (1 + max(0.0, view.free_gib)))


def memory_based(view: HostView, rules: Rules) -> Decision:
    """Put large models on hosts with much memory; among equals, let whoever has the least in hand load."""
    decision = decide(view, _at_once(rules))
    sizes = {candidate.demand.slug: candidate.size_gib for candidate in view.candidates}
    large = isinstance(decision, Load) and sizes[decision.slug] >= LARGE_GIB
    return _bidding(decision, _in_hand(view) + (SPAN / view.memory_gib if large else 0.0))


def exhaustive(view: HostView, rules: Rules) -> Decision:
    """Serve what is here until nobody waits for it, then load for whoever has waited longest; fairness has no say."""
    return decide(view, replace(_exhaustive(rules), only_usable=False))


def exhaustive_with_shedding(view: HostView, rules: Rules) -> Decision:
    """Serve and load the same way, for those only who can still be answered in time."""
    return decide(view, _exhaustive(rules))


def _at_once(rules: Rules) -> Rules:
    return replace(rules, payback=0.0)


def _exhaustive(rules: Rules) -> Rules:
    bold = replace(rules, payback=0.0, copy_over_last_loads=rules.copy_loads)
    return replace(bold, aging_s=math.inf, starving_after_s=math.inf)


def _in_hand(view: HostView) -> float:
    return float(sum(resident.busy for resident in view.residents))


def _bidding(decision: Decision, bid: float) -> Decision:
    return replace(decision, bid=bid) if isinstance(decision, Load) else decision
