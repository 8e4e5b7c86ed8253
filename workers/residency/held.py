"""What a host holds, model by model: the keeper's notes, and what the policy sees of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tasks.jobs import claims
from tasks.jobs.demand import Demand
from workers.children import Station
from workers.residency.budget import Budget
from workers.residency.footprint import Size
from workers.residency.ledger import Sight
from workers.residency.view import Resident, ResidentState


@dataclass(slots=True)
class Held:
    """A model that takes memory here, or is about to."""

    station: Station
    size: Size
    load_s: float
    """What loading it takes here."""
    pinned: bool = False
    state: ResidentState = ResidentState.LOADING
    ready_s: float = 0.0
    """Since when it answers, by the host's clock."""
    used_s: float = 0.0
    """When it last had something in hand, or became ready."""
    busy: int = 0
    copies: int = 1
    demand: Demand | None = None
    leaves: str = ""
    """Why it goes, once it does."""
    found: bool = False
    """It was in memory before anybody asked for it here."""
    vanished: bool = False
    """The engine let it go by itself."""
    unloading: bool = False
    """Its worker has ended, and the engine was asked to let it go."""
    resting: bool = False
    """It stays in memory and has no worker: the host was told to pause, or its engine is changed."""
    changing: bool = False
    """Its engine is being changed for one with other adapters: nobody starts its worker meanwhile."""
    beside_gib: float = 0.0
    """What comes and goes with it: a second engine, while one takes the place of the other, or its adapters at a server
    to which each of them is a model of its own."""

    @property
    def slug(self) -> str:
        """The model as queues carry it."""
        return self.station.slug

    def note(self, sight: Sight, now_s: float) -> None:
        """Take in what the ledger says of it."""
        unused_s = sight.unused_s.get(self.slug)
        busy = sight.busy.get(self.slug, 0)
        if busy:
            self.used_s = now_s
        elif unused_s is not None:
            self.used_s = max(self.used_s, now_s - unused_s)
        self.busy, self.copies = busy, max(1, sight.copies.get(self.slug, 1))
        self.demand = sight.demands.get(self.slug)

    def seen(self, now_s: float) -> Resident:
        """Return it as the policy sees it."""
        return Resident(
            slug=self.slug,
            size_gib=self.size.gib + self.beside_gib,
            load_s=self.load_s,
            state=self.state,
            busy=self.busy,
            ready_for_s=now_s - self.ready_s,
            unused_for_s=now_s - self.used_s,
            copies=self.copies,
            pinned=self.pinned,
            demand=self.demand,
        )


@dataclass(slots=True)
class Holding:
    """All that a host holds, within its budget."""

    total_gib: float
    by_slug: dict[str, Held] = field(default_factory=dict)
    foreign_gib: Mapping[str, float] = field(default_factory=dict)
    claimed_gib: float = 0.0
    """What training needs for a while: charged as what others load is."""

    @property
    def budget(self) -> Budget:
        """Memory as it is taken now; those that are loading or leaving take it, too, unless the engine let them go."""
        ours = {held.slug: held.size.gib + held.beside_gib for held in self.by_slug.values() if not held.vanished}
        # A claim is an estimate; more than all there is it cannot have.
        claimed = {claims.TRAINING: min(self.claimed_gib, self.total_gib)} if self.claimed_gib else {}
        return Budget(self.total_gib, ours, {**self.foreign_gib, **claimed})

    def ready(self) -> Iterable[Held]:
        """Yield those that answer."""
        return (held for held in tuple(self.by_slug.values()) if held.state is ResidentState.READY)

    def leaving(self) -> Iterable[Held]:
        """Yield those that go."""
        return (held for held in tuple(self.by_slug.values()) if held.state is ResidentState.DRAINING)

    def residents(self, now_s: float) -> tuple[Resident, ...]:
        """Return all as the policy sees them."""
        return tuple(held.seen(now_s) for held in self.by_slug.values())
