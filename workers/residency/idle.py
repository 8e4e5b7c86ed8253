"""What a host unloads without anybody waiting for the room: what was unused for too long, or is too much. Pure."""

from __future__ import annotations

from typing import Literal

from workers.residency.eviction import Room, fewest
from workers.residency.tenants import is_idle
from workers.residency.view import HostView, Resident, ResidentState

Keep = Literal["ram", "ssd", "none"]

KEEP_S: dict[Keep, float] = {"ram": 1_800.0, "ssd": 120.0, "none": 0.0}
"""How long an unused model stays: where reloading is slow, where it is quick, and where memory is for others."""


def kept_for_s(keep: Keep, unload_after_s: float | None = None) -> float:
    """Return how long an unused model stays; a delay that is given stands over the strategy.

    >>> kept_for_s("ram"), kept_for_s("ssd"), kept_for_s("none"), kept_for_s("ram", 300.0)
    (1800.0, 120.0, 0.0, 300.0)
    """
    return KEEP_S[keep] if unload_after_s is None else unload_after_s


def overdue(view: HostView, after_s: float) -> tuple[str, ...]:
    """Return the models that nobody used for so long, or waits for; never a pinned one."""
    return tuple(resident.slug for resident in _dispensable(view) if resident.unused_for_s >= after_s)


def surplus(view: HostView) -> tuple[str, ...]:
    """Return the least recently used models that have to go because less fits than is here.

    That is so when somebody else has taken memory, or when the settings allow less than before. Nothing goes where it
    would not be enough: then something is in use, and the host waits for it.
    """
    over = 0 if view.max_models is None else len(view.residents) - view.max_models
    room = Room(-view.free_gib, over)
    gone = fewest(_dispensable(view), room, lambda resident: -resident.unused_for_s)
    return tuple(resident.slug for resident in gone or ())


def _dispensable(view: HostView) -> list[Resident]:
    """Return what could go, the least recently used first."""
    idle = [
        resident
        for resident in view.residents
        if resident.state is ResidentState.READY and not resident.pinned and is_idle(resident)
    ]
    return sorted(idle, key=lambda resident: (-resident.unused_for_s, resident.slug))
