"""What a host says of its memory, for `rookery status`, the page and whoever reads the ledger."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from workers.residency.held import Held
from workers.residency.keeper import Keeper
from workers.residency.loading import Loading, Stage
from workers.residency.mover import Mover
from workers.residency.presence import Presence
from workers.residency.setbacks import Setback
from workers.residency.view import ResidentState

DIGITS = 2
PAUSED, STARTING = "paused", "starting"


def models(mover: Mover, health: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return the models that take memory on a host, each with its state: what may be asked for is `ready`."""
    serving = frozenset(mover.serving())
    return [
        {
            "name": held.station.model.name,
            "slug": held.slug,
            "demo": bool(held.station.model.builtin),
            "slots": held.station.slots,
            "state": state_of(held, serving),
            "health": health(held.slug),
        }
        for held in mover.holding.by_slug.values()
    ]


def state_of(held: Held, serving: Collection[str]) -> str:
    """Return the state of a model in a word."""
    if held.state is not ResidentState.READY or held.slug in serving:
        return held.state.value
    return PAUSED if held.resting and not held.changing else STARTING


def memory(keeper: Keeper, mover: Mover, presence: Presence, now_s: float) -> dict[str, Any]:
    """Return what there is, what is taken and by whom, what is under way and what went wrong. Times are in seconds."""
    budget, serving = mover.holding.budget, frozenset(mover.serving())
    return {
        "total_gib": _gib(budget.total_gib),
        "used_gib": _gib(budget.used_gib),
        "free_gib": _gib(budget.free_gib),
        "foreign_gib": _gib(budget.foreign_gib),
        "foreign": {name: _gib(gib) for name, gib in budget.foreign.items()},
        "residents": [_resident(held, serving, now_s) for held in mover.holding.by_slug.values()],
        "loads": [_load(load, mover, now_s) for load in mover.loads.values()],
        "reserved": keeper.reserved,
        "failures": [_failure(slug, each, now_s) for slug, each in mover.setbacks.by_slug.items()],
        "too_large": presence.too_large(),
        "trouble": presence.trouble,
        "troubled_for_s": round(now_s - presence.troubled_at_s, 1) if presence.trouble else 0,
        "word": keeper.word,
        "settled": keeper.settled,
    }


def _resident(held: Held, serving: Collection[str], now_s: float) -> dict[str, Any]:
    ready = held.state is ResidentState.READY
    return {
        "slug": held.slug,
        "name": held.station.model.name,
        "state": state_of(held, serving),
        "size_gib": _gib(held.size.gib),
        "size_is": held.size.origin,
        "busy": held.busy,
        "slots": held.station.slots,
        "pinned": held.pinned,
        "ready_for_s": round(now_s - held.ready_s) if ready else None,
        "unused_for_s": round(now_s - held.used_s) if ready else None,
        "leaves": held.leaves,
    }


def _load(load: Loading, mover: Mover, now_s: float) -> dict[str, Any]:
    held = mover.holding.by_slug.get(load.slug)
    eta_s = None
    if load.stage in (Stage.LOADING, Stage.STARTING) and held is not None:
        eta_s = round(max(0.0, held.load_s - (now_s - load.entered_s)), 1)
    return {
        "slug": load.slug,
        "stage": load.stage.value,
        "since_s": round(now_s - load.began_s, 1),
        "eta_s": eta_s,
        "awaits": sorted(load.awaited),
        "why": load.why,
    }


def _failure(slug: str, setback: Setback, now_s: float) -> dict[str, Any]:
    return {
        "slug": slug,
        "kind": setback.last.kind,
        "reason": setback.last.reason,
        "count": setback.count,
        "ago_s": round(now_s - setback.at_s),
        "again_in_s": max(0, round(setback.until_s - now_s)),
        "gave_up": setback.gave_up,
    }


def _gib(gib: float) -> float | None:
    """Return GiB as JSON can carry them: None where there is no bound."""
    return None if math.isinf(gib) else round(gib, DIGITS)
