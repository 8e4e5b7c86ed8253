"""The three ways to make room for a model: none needed, over idle ones, over ones that are in use. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workers.residency.eviction import Room, fewest
from workers.residency.rules import Rules
from workers.residency.usable import URGENT, usable
from workers.residency.value import BUSY_COPY_SHARE, residence_s, value
from workers.residency.view import HostView, Load, Mode, Resident, ResidentState
from workers.residency.wishes import Wish

IDLE_BID, FORCED_BID = 1.0, 1000.0  # above every bid for free memory, and above every bid for idle memory
HASTE_BID, FIT_BID, HAND_BID, HAND_BID_MOST, USUAL_GIB_S = 0.6, 0.2, 0.001, 0.1, 1000.0
HAND_SHARE = 0.001  # among models that nobody waits for, the one with fewer answers in hand goes


def into_free(view: HostView, wish: Wish) -> Load | None:
    """Return the load where there is room as it is."""
    if not Room.for_load(view, wish.candidate.size_gib).is_there:
        return None
    return Load(wish.slug, (), free_bid(view), wish.mode, f"{_crowd(wish)}; it fits into free memory")


def free_bid(view: HostView) -> float:
    """Return a bid between 0 and 1: lowest where answers come fastest, then where the least is left over."""
    haste = view.reads_gib_s / (view.reads_gib_s + USUAL_GIB_S)
    crowded = 1 / (1 + max(0.0, view.free_gib))
    in_hand = sum(resident.busy for resident in view.residents)
    return 0.8 - HASTE_BID * haste - FIT_BID * crowded + min(HAND_BID_MOST, HAND_BID * in_hand)


def over_idle(view: HostView, wish: Wish, rules: Rules) -> Load | None:
    """Return the load where models that are not in use make room, and the waiting has paid for their reload."""
    idle, _ = _victims(view, wish, rules)
    room = Room.for_load(view, wish.candidate.size_gib)
    gone = fewest(_cheapest_first(idle, rules), room, lambda resident: value(resident, rules))
    if gone is None:
        return None
    cost_s = sum(value(resident, rules) for resident in gone)
    if not wish.aged and wish.waiting.waited_s < rules.payback * cost_s:
        return None
    calm = "not in use" if all(map(is_idle, gone)) else "used by nobody in a hurry"
    return Load(wish.slug, _slugs(gone), IDLE_BID + cost_s, wish.mode, f"{_crowd(wish)}; {_names(gone)} {calm}")


def over_busy(view: HostView, wish: Wish, rules: Rules) -> Load | None:
    """Return the load that takes the place of models in use, after the aging bound and their minimum residence."""
    if not wish.aged:
        return None
    idle, busy = _victims(view, wish, rules)
    crowds = {resident.slug: _displaced(resident, rules) for resident in busy}
    due = [each for each in busy if each.ready_for_s >= residence_s(each, rules, starving=wish.starving)]
    due.sort(key=lambda resident: crowds[resident.slug] + resident.busy * HAND_SHARE)
    room = Room.for_load(view, wish.candidate.size_gib)
    gone = fewest([*_cheapest_first(idle, rules), *due], room, lambda each: crowds.get(each.slug, -1.0))
    if gone is None:
        return None
    displaced = sum(crowds.get(resident.slug, 0.0) for resident in gone)
    if not wish.starving and wish.waiting.weight < rules.backlog_ratio * displaced:
        return None
    turn = "it had no turn for too long" if wish.starving else "it has waited long enough"
    why = f"{_crowd(wish)}; {turn}, and {_names(gone)} in use no longer than was fair"
    return Load(wish.slug, _slugs(gone), FORCED_BID + displaced, wish.mode, why)


def eligible_in_s(view: HostView, wish: Wish, rules: Rules) -> float:
    """Return when enough residents will have had their minimum residence; infinity where they never suffice."""
    room = Room.for_load(view, wish.candidate.size_gib)
    idle, busy = _victims(view, wish, rules)
    ends = [(0.0, resident) for resident in idle]
    ends += [(max(0.0, residence_s(each, rules, starving=True) - each.ready_for_s), each) for each in busy]
    gone: list[Resident] = []
    for end_s, resident in sorted(ends, key=lambda end: (end[0], end[1].slug)):
        gone.append(resident)
        if room.made_by(gone):
            return end_s
    return math.inf


def is_idle(resident: Resident) -> bool:
    """Return whether nobody waits for a model here and nothing is in hand."""
    return resident.busy == 0 and (resident.demand is None or resident.demand.count == 0)


def gives_way(resident: Resident, rules: Rules) -> bool:
    """Return whether those that wait for a model here are none that a person waits for, such as a batch."""
    demand = resident.demand
    if demand is None or not demand.ages_s:
        return False
    return all(
        age_s + left_s > URGENT * rules.deadline_s for age_s, left_s in zip(demand.ages_s, demand.lefts_s, strict=True)
    )


def _victims(view: HostView, wish: Wish, rules: Rules) -> tuple[list[Resident], list[Resident]]:
    """Return who may go: those not in use, or not where a person waits for the load; and those in use."""
    may_go = [
        resident
        for resident in view.residents
        if resident.state is ResidentState.READY
        and not resident.pinned
        and (wish.mode is Mode.ANY or resident.copies > 1)
    ]
    idle = [each for each in may_go if is_idle(each) or (wish.waiting.urgent and gives_way(each, rules))]
    return idle, [each for each in may_go if each not in idle]


def _displaced(resident: Resident, rules: Rules) -> float:
    """Return how many of those that wait for a model would have to wait longer without it here."""
    return usable(resident.demand, 0.0, rules).weight * (BUSY_COPY_SHARE if resident.copies > 1 else 1.0)


def _cheapest_first(idle: Sequence[Resident], rules: Rules) -> list[Resident]:
    return sorted(idle, key=lambda resident: (value(resident, rules) / resident.size_gib, resident.slug))


def _crowd(wish: Wish) -> str:
    count, oldest_s = wish.candidate.demand.count, wish.waiting.oldest_s
    return f"{count} {'waits' if count == 1 else 'wait'} for it, up to {oldest_s:.0f} s"


def _slugs(gone: Sequence[Resident]) -> tuple[str, ...]:
    return tuple(resident.slug for resident in gone)


def _names(gone: Sequence[Resident]) -> str:
    return f"{', '.join(_slugs(gone))} {'is' if len(gone) == 1 else 'are'}"
