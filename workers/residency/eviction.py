"""The smallest eviction that makes room. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workers.residency.view import HostView, Resident


@dataclass(frozen=True, slots=True)
class Room:
    """What a load still lacks on a host: memory, and places under `max_models`."""

    gib: float
    places: int

    @classmethod
    def for_load(cls, view: HostView, size_gib: float) -> Room:
        """Return what has to be freed before a model of that size comes in; nothing of it may be above zero."""
        over = 0 if view.max_models is None else len(view.residents) + 1 - view.max_models
        return cls(size_gib - view.free_gib, over)

    @property
    def is_there(self) -> bool:
        """Whether nothing has to go."""
        return self.gib <= 0 and self.places <= 0

    def made_by(self, gone: Sequence[Resident]) -> bool:
        """Return whether there is room once these are gone."""
        return len(gone) >= self.places and sum(resident.size_gib for resident in gone) >= self.gib


def fewest(order: Sequence[Resident], room: Room, cost: Callable[[Resident], float]) -> tuple[Resident, ...] | None:
    """Return the shortest beginning of `order` that makes room, less what need not go, dearest first.

    None where all of them would not do.
    """
    chosen: list[Resident] = []
    for resident in order:
        if room.made_by(chosen):
            break
        chosen.append(resident)
    if not room.made_by(chosen):
        return None
    for resident in sorted(chosen, key=cost, reverse=True):
        rest = [other for other in chosen if other is not resident]
        if room.made_by(rest):
            chosen = rest
    return tuple(chosen)
