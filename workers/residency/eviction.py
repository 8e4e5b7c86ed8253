"""The smallest eviction that makes room. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from workers.residency.view import HostView


class Sized(Protocol):
    """Whatever takes memory."""

    @property
    def size_gib(self) -> float:
        """How much."""
        ...


Gone = TypeVar("Gone", bound=Sized)


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

    def made_by(self, gone: Sequence[Sized]) -> bool:
        """Return whether there is room once these are gone."""
        return len(gone) >= self.places and sum(each.size_gib for each in gone) >= self.gib


def fewest(order: Sequence[Gone], room: Room, cost: Callable[[Gone], float]) -> tuple[Gone, ...] | None:
    """Return the shortest beginning of `order` that makes room, less what need not go, dearest first.

    None where all of them would not do.
    """
    chosen: list[Gone] = []
    for each in order:
        if room.made_by(chosen):
            break
        chosen.append(each)
    if not room.made_by(chosen):
        return None
    for each in sorted(chosen, key=cost, reverse=True):
        rest = [other for other in chosen if other is not each]
        if room.made_by(rest):
            chosen = rest
    return tuple(chosen)
