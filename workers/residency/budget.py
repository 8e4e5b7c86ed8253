"""The memory of one host: what may be used, what our models take of it, what others took, and what is left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

RESERVE_SHARE, LEAST_RESERVE_GIB = 0.2, 1.0  # what a machine keeps for itself where nobody said how much we may use
ROUNDING_GIB = 1e-6  # sizes are sums of fractions


class Fit(Enum):
    """Whether a model has room on a host."""

    NOW = "fits"
    AFTER_EVICTION = "fits once others have gone"
    NOT_NOW = "fits only once those have gone that may not go now"
    NEVER = "is larger than all that the host has"


@dataclass(frozen=True, slots=True)
class Budget:
    """GiB, added up. `ours` and `foreign` are by name."""

    total_gib: float
    ours: Mapping[str, float] = field(default_factory=dict)
    foreign: Mapping[str, float] = field(default_factory=dict)

    @property
    def used_gib(self) -> float:
        """What our models take."""
        return sum(self.ours.values())

    @property
    def foreign_gib(self) -> float:
        """What others loaded on the same engine."""
        return sum(self.foreign.values())

    @property
    def free_gib(self) -> float:
        """What is left; negative where somebody else took more than was."""
        return self.total_gib - self.used_gib - self.foreign_gib

    def fit(self, gib: float, evictable: Iterable[str] = ()) -> Fit:
        """Return whether `gib` more have room: now, without the models `evictable`, not now, or never."""
        if gib <= self.free_gib + ROUNDING_GIB:
            return Fit.NOW
        if gib > self.total_gib + ROUNDING_GIB:
            return Fit.NEVER
        room_gib = self.free_gib + self._of(evictable) + ROUNDING_GIB
        return Fit.AFTER_EVICTION if gib <= room_gib else Fit.NOT_NOW

    def charged(self, name: str, gib: float) -> Budget:
        """Return the budget with `name` in memory."""
        return replace(self, ours={**self.ours, name: gib})

    def released(self, name: str) -> Budget:
        """Return the budget without `name`."""
        return replace(self, ours={other: gib for other, gib in self.ours.items() if other != name})

    def _of(self, names: Iterable[str]) -> float:
        return sum(self.ours.get(name, 0.0) for name in set(names))


def total_gib(told_gib: float | None, machine_gib: float | None) -> float:
    """Return what models may take on a host: as the fleet file says, else what its machine has less a reserve.

    Of a server on another machine nobody knows what that has: `machine_gib` is None, and only the server sets bounds.
    """
    if told_gib is not None:
        return told_gib
    if machine_gib is None:
        return float("inf")
    return max(0.0, machine_gib - max(LEAST_RESERVE_GIB, machine_gib * RESERVE_SHARE))


def preloads(
    wanted: Iterable[tuple[str, float]], budget: Budget, *, pinned: frozenset[str], max_models: int | None
) -> list[str]:
    """Return which of the models (slug, GiB), in their order, are loaded at start: pinned ones, then all that fit."""
    sizes = dict(wanted)
    chosen: list[str] = []
    for slug in (*(s for s in sizes if s in pinned), *(s for s in sizes if s not in pinned)):
        full = max_models is not None and len(budget.ours) >= max_models
        if slug not in budget.ours and not full and budget.fit(sizes[slug]) is Fit.NOW:
            budget = budget.charged(slug, sizes[slug])
            chosen.append(slug)
    return chosen
