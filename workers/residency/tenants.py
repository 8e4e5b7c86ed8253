"""The residents that may go, each with what its going would cost: seen once for all that a decision weighs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workers.residency.rules import Rules
from workers.residency.usable import URGENT, usable
from workers.residency.value import BUSY_COPY_SHARE, residence_s, value
from workers.residency.view import HostView, Mode, Resident, ResidentState
from workers.residency.wishes import Wish

HAND_SHARE = 0.001  # among models that nobody waits for, the one with fewer answers in hand goes


@dataclass(frozen=True, slots=True)
class Tenant:
    """A resident that is neither pinned nor coming or going."""

    resident: Resident
    idle: bool
    patient: bool
    """Only such work waits for it as nobody sits and waits for: it gives way to a person."""
    cost_s: float
    """What reloading it will probably cost, while it is idle."""
    crowd: float
    """Those that wait for it and could not be served elsewhere, by weight."""

    @property
    def size_gib(self) -> float:
        """What its going would free."""
        return self.resident.size_gib

    def gives_way(self, wish: Wish) -> bool:
        """Return whether it may go without having been forced to."""
        return self.idle or (self.patient and wish.waiting.urgent)

    def stays_s(self, rules: Rules, *, starving: bool) -> float:
        """Return how much of its minimum residence is left."""
        return max(0.0, residence_s(self.resident, rules, starving=starving) - self.resident.ready_for_s)


def tenants(view: HostView, rules: Rules) -> list[Tenant]:
    """Return who may go at all, cheapest by memory first."""
    found = [
        _tenant(resident, rules)
        for resident in view.residents
        if resident.state is ResidentState.READY and not resident.pinned
    ]
    return sorted(found, key=lambda tenant: (tenant.cost_s / tenant.size_gib, tenant.resident.slug))


def divided(found: Sequence[Tenant], wish: Wish) -> tuple[list[Tenant], list[Tenant]]:
    """Return who may go for a wish: those that give way, and those in use, the smallest crowd first."""
    spared = [tenant for tenant in found if wish.mode is Mode.ANY or tenant.resident.copies > 1]
    used = [tenant for tenant in spared if not tenant.gives_way(wish)]
    used.sort(key=lambda tenant: tenant.crowd + tenant.resident.busy * HAND_SHARE)
    return [tenant for tenant in spared if tenant.gives_way(wish)], used


def is_idle(resident: Resident) -> bool:
    """Return whether nobody waits for a model here and nothing is in hand."""
    return resident.busy == 0 and (resident.demand is None or resident.demand.count == 0)


def _tenant(resident: Resident, rules: Rules) -> Tenant:
    share = BUSY_COPY_SHARE if resident.copies > 1 else 1.0
    crowd = usable(resident.demand, 0.0, rules).weight * share
    return Tenant(resident, is_idle(resident), _is_patient(resident, rules), value(resident, rules), crowd)


def _is_patient(resident: Resident, rules: Rules) -> bool:
    demand = resident.demand
    if demand is None or not demand.ages_s:
        return False
    lives_s = [age_s + left_s for age_s, left_s in zip(demand.ages_s, demand.lefts_s, strict=True)]
    return min(lives_s) > URGENT * rules.deadline_s
