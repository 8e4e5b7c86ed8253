"""Whether there is memory on a server for an adapter that takes as much as a model, and what such adapters take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from tasks.contracts.queues import slug
from workers.residency.budget import Budget, Fit
from workers.residency.footprint import Size
from workers.residency.held import Held, Holding


class Sizes(Protocol):
    """What the models take that a host may hold."""

    @property
    def slugs(self) -> Collection[str]:
        """Return the models."""
        ...

    def size(self, name: str) -> Size:
        """Return what one takes."""
        ...


def has_room(budget: Budget, gib: float, absent_gib: float, riding_gib: float) -> bool:
    """Return whether `gib` more may be taken for an adapter.

    Where all models of the host would be in memory together but for adapters, which take `riding_gib` now, they are
    left the room for that: `absent_gib` is what those take that are not there. Nobody's model is swapped for a style.
    """
    if budget.fit(gib) is not Fit.NOW:
        return False
    together = budget.fit(absent_gib - riding_gib) is Fit.NOW
    return not together or budget.fit(gib + absent_gib) is Fit.NOW


class Room:
    """The memory of one server, as its keeper notes it."""

    def __init__(self, holding: Holding, sizes: Sizes) -> None:
        self._holding, self._sizes = holding, sizes

    def fits(self, model: str) -> bool:
        """Return whether another adapter on `model`, which is in memory, has room."""
        held = self._held.get(slug(model))
        if held is None or held.leaves:
            return False
        absent_gib = sum(self._sizes.size(name).gib for name in self._sizes.slugs if name not in self._held)
        riding_gib = sum(each.beside_gib for each in tuple(self._held.values()))
        return has_room(self._holding.budget, held.size.gib, absent_gib, riding_gib)

    def charge(self, model: str, gib: float) -> None:
        """Note what the adapters on `model` take: they come and go with it."""
        if held := self._held.get(slug(model)):
            held.beside_gib = gib

    def size_gib(self, model: str) -> float:
        """Return what `model` takes; 0 where it is not in memory."""
        held = self._held.get(slug(model))
        return held.size.gib if held else 0.0

    @property
    def _held(self) -> Mapping[str, Held]:
        return self._holding.by_slug
