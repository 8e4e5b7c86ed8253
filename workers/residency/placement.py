"""The three ways to make room for a model: none needed, over idle ones, over ones that are in use. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workers.residency.eviction import Room, fewest
from workers.residency.rules import Rules
from workers.residency.tenants import Tenant, divided
from workers.residency.view import HostView, Load
from workers.residency.wishes import Wish

IDLE_BID, FORCED_BID = 1.0, 1000.0  # above every bid for free memory, and above every bid for idle memory
HASTE_BID, FIT_BID, HAND_BID, HAND_BID_MOST, USUAL_GIB_S = 0.6, 0.2, 0.001, 0.1, 1000.0


def placed(view: HostView, found: Sequence[Tenant], wish: Wish, rules: Rules) -> Load | None:
    """Return the load that fulfils a wish, in the cheapest of the three ways that is open; None where none is."""
    room = Room.for_load(view, wish.candidate.size_gib)
    if room.is_there:
        return Load(wish.slug, (), free_bid(view), wish.mode, f"{_crowd(wish)}; it fits into free memory")
    idle, used = divided(found, wish)
    load = _over_idle(room, idle, wish, rules)
    return load if load or not wish.aged else _over_used(room, idle, used, wish, rules)


def free_bid(view: HostView) -> float:
    """Return a bid between 0 and 1: lowest where answers come fastest, then where the least is left over."""
    haste = view.reads_gib_s / (view.reads_gib_s + USUAL_GIB_S)
    crowded = 1 / (1 + max(0.0, view.free_gib))
    in_hand = sum(resident.busy for resident in view.residents)
    return 0.8 - HASTE_BID * haste - FIT_BID * crowded + min(HAND_BID_MOST, HAND_BID * in_hand)


def eligible_in_s(view: HostView, found: Sequence[Tenant], wish: Wish, rules: Rules) -> float:
    """Return when enough residents will have had their minimum residence; infinity where they never suffice."""
    room = Room.for_load(view, wish.candidate.size_gib)
    idle, used = divided(found, wish)
    ends = [(0.0, tenant.resident) for tenant in idle]
    ends += [(tenant.stays_s(rules, starving=True), tenant.resident) for tenant in used]
    gone = []
    for end_s, resident in sorted(ends, key=lambda end: (end[0], end[1].slug)):
        gone.append(resident)
        if room.made_by(gone):
            return end_s
    return math.inf


def _over_idle(room: Room, idle: Sequence[Tenant], wish: Wish, rules: Rules) -> Load | None:
    """Take the place of models that are not in use, once the waiting has paid for their reload."""
    gone = fewest(idle, room, lambda tenant: tenant.cost_s)
    if gone is None:
        return None
    cost_s = sum(tenant.cost_s for tenant in gone)
    if not wish.aged and wish.waiting.waited_s < rules.payback * cost_s:
        return None
    calm = "not in use" if all(tenant.idle for tenant in gone) else "used by nobody in a hurry"
    return Load(wish.slug, _slugs(gone), IDLE_BID + cost_s, wish.mode, f"{_crowd(wish)}; {_names(gone)} {calm}")


def _over_used(room: Room, idle: Sequence[Tenant], used: Sequence[Tenant], wish: Wish, rules: Rules) -> Load | None:
    """Take the place of models in use that had their minimum residence, and that no more people wait for."""
    due = [tenant for tenant in used if not tenant.stays_s(rules, starving=wish.starving)]
    gone = fewest([*idle, *due], room, lambda tenant: tenant.crowd if tenant in due else -1.0)
    if gone is None:
        return None
    displaced = sum(tenant.crowd for tenant in gone if tenant in due)
    if not wish.starving and wish.waiting.weight < rules.backlog_ratio * displaced:
        return None
    turn = "it had no turn for too long" if wish.starving else "it has waited long enough"
    why = f"{_crowd(wish)}; {turn}, and {_names(gone)} in use for no less than was fair"
    return Load(wish.slug, _slugs(gone), FORCED_BID + displaced, wish.mode, why)


def _crowd(wish: Wish) -> str:
    count, oldest_s = wish.candidate.demand.count, wish.waiting.oldest_s
    return f"{count} {'waits' if count == 1 else 'wait'} for it, up to {oldest_s:.0f} s"


def _slugs(gone: Sequence[Tenant]) -> tuple[str, ...]:
    return tuple(tenant.resident.slug for tenant in gone)


def _names(gone: Sequence[Tenant]) -> str:
    return f"{', '.join(_slugs(gone))} {'is' if len(gone) == 1 else 'are'}"
