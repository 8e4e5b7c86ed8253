"""What a host holds without a claim: what it loads at its start, what is pinned, what its engine has anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tasks.contracts.clock import Clock
from tasks.contracts.queues import slug
from workers.residency.budget import Fit, preloads
from workers.residency.catalogue import Catalogue
from workers.residency.memory import Listing, Memory
from workers.residency.mover import Mover


class Presence:
    """Keeps up what is to be there, and follows an engine that has a mind of its own."""

    def __init__(
        self,
        catalogue: Catalogue,
        memory: Memory,
        mover: Mover,
        *,
        wanted: Sequence[str],
        max_models: int | None,
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._catalogue, self._memory, self._mover = catalogue, memory, mover
        self._wanted, self._max_models, self._clock, self._tell = tuple(wanted), max_models, clock, tell
        self._heard: Listing | None = None
        self._queue: list[str] | None = None
        self._first: frozenset[str] = frozenset()
        self.trouble = ""
        """Why the engine does not answer; empty while it does."""
        self.troubled_at_s = 0.0
        """Since when, by the clock."""

    @property
    def known(self) -> bool:
        """Whether it is known what the engine holds."""
        return not self._memory.watched or (self._heard is not None and not self.trouble)

    @property
    def can_load(self) -> bool:
        """Whether the engine can be asked for models now."""
        return self.known and self._may_load

    @property
    def _may_load(self) -> bool:
        """Whether the engine takes models in on request, as far as is known."""
        return self._heard is None or self._heard.loads

    @property
    def busy(self) -> bool:
        """Whether there are models still to be loaded at the start."""
        return self._queue is None or bool(self._queue)

    @property
    def settled(self) -> bool:
        """Whether the host has what it wanted at its start, or will not have it soon."""
        if self.trouble:
            return True
        if self.busy or any(slug in self._mover.loads for slug in self._first):
            return False
        return not self._first or any(True for _ in self._mover.holding.ready())

    def heed(self, *, running: bool) -> None:
        """Take in what the engine says of itself: what is there is served, what went is let go, the rest is charged."""
        listing = self._memory.listing()
        if listing is None or listing is self._heard:
            return
        if listing.trouble:
            if listing.trouble != self.trouble:
                self._tell(f"the engine does not answer: {listing.trouble}")
            if not self.trouble:
                self.troubled_at_s = listing.asked_s
            self.trouble = listing.trouble
            return
        if self.trouble:
            self._tell("the engine answers again")
            self._mover.forgive()
        self.trouble, self._heard = "", listing
        self._mover.measure()
        self._let_go_vanished(listing)
        if running:
            self._adopt(listing)
        self._charge_others(listing)

    def preload(self) -> None:
        """Load what is to be there from the start, as many at a time as the engine takes."""
        if not self.can_load:
            if self.known:
                self._queue = []
            return
        if self._queue is None:
            if any(True for _ in self._mover.holding.leaving()):
                return  # a drain that was taken back
            self._queue = self._chosen()
            self._first = frozenset(self._queue)
        self._queue += [name for name in self._missing() if name not in self._queue]
        while self._queue and len(self._mover.loads) < self._memory.at_once:
            name = self._queue.pop(0)
            if self._has_room(name):
                self._mover.load(name, claimed=False)

    def holdable(self) -> list[str]:
        """Return the models that this host may hold and can: they fit, and its engine has them or may load them."""
        large, here, now_s = self.too_large(), self._mover.holding.by_slug, self._clock.monotonic_s()
        setbacks = self._mover.setbacks
        hopeless = {name for name, each in setbacks.by_slug.items() if each.gave_up and setbacks.waits(name, now_s)}
        return [
            name
            for name in self._catalogue.slugs
            if name in here or (self._may_load and name not in large and name not in hopeless)
        ]

    def too_large(self) -> list[str]:
        """Return the models that this host may hold and never can."""
        total_gib = self._mover.holding.total_gib
        return [name for name in self._catalogue.slugs if self._catalogue.size(name).gib > total_gib]

    def _chosen(self) -> list[str]:
        sizes = [(name, self._catalogue.size(name).gib) for name in self._catalogue.slugs if self._is_wanted(name)]
        pinned = frozenset(name for name in self._catalogue.slugs if self._catalogue.pinned(name))
        return preloads(sizes, self._mover.holding.budget, pinned=pinned, max_models=self._max_models)

    def _is_wanted(self, name: str) -> bool:
        return name in self._wanted or self._catalogue.pinned(name)

    def again(self) -> None:
        """Have everything loaded once more that is to be there at the start."""
        self._queue = None

    def _missing(self) -> list[str]:
        """Return what is to be there, is not, and may be tried: pinned models, and those that failed at the start."""
        now_s, setbacks = self._clock.monotonic_s(), self._mover.setbacks
        failed = {name for name in self._first if name in setbacks.by_slug and not setbacks.by_slug[name].gave_up}
        return [
            name
            for name in self._catalogue.slugs
            if (name in failed or self._catalogue.pinned(name))
            and not setbacks.waits(name, now_s)
            and self._has_room(name)
        ]

    def _has_room(self, name: str) -> bool:
        """Return whether a model may come in as things are; room that is being made for another is not free."""
        holding = self._mover.holding
        if name in holding.by_slug or any(load.awaited for load in self._mover.loads.values()):
            return False
        full = self._max_models is not None and len(holding.by_slug) >= self._max_models
        return not full and holding.budget.fit(self._catalogue.size(name).gib) is Fit.NOW

    def _charge_others(self, listing: Listing) -> None:
        """Charge what is in memory and not held: what is not ours, and what of ours cannot be served now."""
        sizes = {name: gib for name, gib in listing.sizes_gib.items() if slug(name) not in self._catalogue}
        told = {slug(name): gib for name, gib in listing.sizes_gib.items()}
        unheld = {name: told.get(name, self._catalogue.size(name).gib) for name in self._unheld(listing)}
        self._mover.holding.foreign_gib = {**sizes, **unheld}

    def _let_go_vanished(self, listing: Listing) -> None:
        here = {slug(name) for name in listing.names}
        for held in tuple(self._mover.holding.ready()):
            if held.slug not in here and listing.asked_s > held.ready_s:
                self._mover.let_go(held.slug, "the engine has let it go", vanished=True)

    def _adopt(self, listing: Listing) -> None:
        now_s, mover = self._clock.monotonic_s(), self._mover
        for name in self._unheld(listing):
            if not mover.setbacks.waits(name, now_s):
                mover.adopt(name)

    def _unheld(self, listing: Listing) -> list[str]:
        """Return the models of ours that are listed, are not held here, and have not been let go since."""
        listed, mover = {slug(name) for name in listing.names} & set(self._catalogue.slugs), self._mover
        left = {name for name in listed if mover.gone_s.get(name, listing.asked_s) > listing.asked_s}
        return sorted(listed - left - mover.holding.by_slug.keys())
