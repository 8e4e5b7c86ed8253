"""What the keeper asks of whatever holds the models of a host, and of the ledger. Nothing here waits for an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from workers.children import Station
from workers.residency.loading import Failed, Failure, Loaded


@dataclass(frozen=True, slots=True)
class Listing:
    """What an engine said of its memory."""

    asked_s: float
    """When it was asked: what changed since may not be in it."""
    names: frozenset[str] = frozenset()
    """Models, under our names where we have one."""
    sizes_gib: Mapping[str, float] = field(default_factory=dict)
    loads: bool = True
    """Whether it loads and unloads on request."""
    trouble: str = ""
    """Why it did not answer; then nothing else here says anything."""


class Memory(Protocol):
    """The memory of a host's engine. What was begun is asked after later; every answer comes at once."""

    at_once: int
    """How many loads it takes at a time."""
    watched: bool
    """Whether models may come and go by somebody else's hand, so that `listing` is to be asked."""

    def load(self, station: Station) -> None:
        """Begin to take a model in."""
        ...

    def loaded(self, slug: str) -> Loaded | Failed | None:
        """Return how the load ended; None while it goes on."""
        ...

    def unload(self, station: Station) -> None:
        """Begin to let a model go, whatever state it is in. Whoever unloads an absent model has succeeded."""
        ...

    def unloaded(self, slug: str) -> Failure | bool:
        """Return True once it is gone, False while it goes, or why it did not go."""
        ...

    def size_gib(self, station: Station) -> float | None:
        """Return what a model takes now, as measured; None where that cannot be told."""
        ...

    def answers(self, slug: str) -> bool:
        """Return whether the engine of a model that was loaded is there right now."""
        ...

    def lost(self, slug: str) -> Failure | None:
        """Return why a model that was there is not, and does not come back by itself."""
        ...

    def listing(self) -> Listing | None:
        """Return what the engine last said; None before that, and where there is nobody to ask."""
        ...

    def close(self) -> None:
        """Stop asking."""
        ...
