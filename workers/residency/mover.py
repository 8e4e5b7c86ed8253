"""Takes models into a host's memory and lets them go, a step at a time: nothing here waits.

A model that goes is drained first: its worker finishes what it holds. Only then is its memory given back, and only then
does a load begin that waited for it. So nothing is cut off, and memory is never promised twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from workers.residency.catalogue import Catalogue
from workers.residency.crew import Crew
from workers.residency.held import Held, Holding
from workers.residency.loading import Begun, Event, Failed, Failure, Gone, Loading, Stage, advance, is_late
from workers.residency.memory import Memory
from workers.residency.setbacks import Setbacks
from workers.residency.view import ResidentState

Ended = Callable[[Loading], None]


class Mover:
    """The loads and departures of one host. `ended` is told of each load, well or not; `tell` of what happens."""

    def __init__(
        self,
        catalogue: Catalogue,
        memory: Memory,
        crew: Crew,
        *,
        total_gib: float,
        clock: Clock,
        load_timeout_s: float,
        attempts: int,
        ended: Ended,
        tell: Callable[[str], None],
    ) -> None:
        self._catalogue, self._memory, self._crew, self._clock = catalogue, memory, crew, clock
        self._load_timeout_s, self._attempts = load_timeout_s, attempts
        self._ended, self._tell = ended, tell
        self.holding = Holding(total_gib)
        self.loads: dict[str, Loading] = {}
        self.setbacks = Setbacks()
        self.gone_s: dict[str, float] = {}
        """When each model left that was here before."""

    def load(self, slug: str, evict: Iterable[str] = (), *, claimed: bool = True, why: str = "") -> None:
        """Begin to take a model in, in the place of others."""
        gone = frozenset(evict) & self.holding.by_slug.keys()
        for victim in gone:
            self.let_go(victim, f"it makes room for {slug}")
        now_s = self._clock.monotonic_s()
        load = Loading(slug, began_s=now_s, claimed=claimed, why=why, entered_s=now_s)
        self._tell(f"{slug} is taken into memory{f': {why}' if why else ''}")
        self._go_on(load, Begun(gone))

    def adopt(self, slug: str) -> None:
        """Serve a model that is in memory already; the engine is asked to keep it there."""
        now_s = self._clock.monotonic_s()
        self._tell(f"{slug} is in memory already")
        self._go_on(Loading(slug, began_s=now_s, claimed=False, entered_s=now_s, found=True), Begun())

    def let_go(self, slug: str, why: str, *, vanished: bool = False) -> None:
        """Begin to let a model go once it has finished what it holds; `vanished` is what the engine let go itself."""
        held = self.holding.by_slug.get(slug)
        if held is None:
            return
        held.vanished |= vanished and self._memory.watched  # an engine of our own goes on until it is ended
        if held.state is ResidentState.DRAINING:
            return
        if slug in self.loads:  # it never came to serve
            self._fail(slug, Failure("ModelLoadFailed", why))
            return
        self._tell(f"{slug} goes: {why}")
        self._drain(held, why)

    def rest(self, slug: str) -> None:
        """End the worker of a model that stays in memory."""
        held = self.holding.by_slug[slug]
        held.resting = True
        self._crew.drain(slug)

    def resume(self, slug: str) -> None:
        """Serve a model again that rested."""
        held = self.holding.by_slug[slug]
        if self._crew.drained(slug) and not held.changing:
            held.resting = False
            self._crew.start(held.station)

    def rested(self, slug: str) -> bool:
        """Return whether the worker of a model that rests has ended."""
        return self._crew.drained(slug)

    def forgive(self) -> None:
        """Try everything again: what failed was the engine's being away."""
        self.setbacks = Setbacks()

    def measure(self) -> None:
        """Take in what the models take that are here."""
        for held in self.holding.ready():
            self._measure(held)

    def serving(self) -> list[str]:
        """Return the models that may be asked for here."""
        return [held.slug for held in self.holding.ready() if self._answers(held)]

    def step(self) -> None:
        """Look how far everything has come, and do what follows."""
        for load in tuple(self.loads.values()):
            event = self._seen(load)
            if event is not None:
                self._go_on(load, event)
        for held in self.holding.leaving():
            self._see_off(held)
        for held in self.holding.ready():
            if failure := self._memory.lost(held.slug):
                self._set_back(held.slug, failure)
                self.let_go(held.slug, failure.reason, vanished=False)

    def _answers(self, held: Held) -> bool:
        return not held.resting and self._crew.serving(held.slug) and self._memory.answers(held.slug)

    def _seen(self, load: Loading) -> Event | None:
        event: Event | None = None
        if load.stage is Stage.LOADING:
            event = self._memory.loaded(load.slug)
        elif load.stage is Stage.STARTING:
            event = self._crew.started(load.slug)
        if event is None and is_late(load, self._clock.monotonic_s(), self._load_timeout_s):
            reason = f"it was not ready after {self._load_timeout_s:g} s"
            return Failed(Failure("ModelLoadFailed", reason))
        return event

    def _go_on(self, before: Loading, event: Event) -> None:
        load = advance(before, event, self._clock.monotonic_s())
        self.loads[load.slug] = load
        if load.stage is before.stage:
            return
        if load.stage is Stage.LOADING:
            self._take_in(load)
        elif load.stage is Stage.STARTING:
            self._crew.start(self.holding.by_slug[load.slug].station)
        elif load.stage is Stage.DONE:
            self._arrive(load)
        elif load.stage is Stage.FAILED:
            self._give_up(load)

    def _take_in(self, load: Loading) -> None:
        try:
            held = self._hold(load.slug)
        except RookeryError as exc:  # its file is gone since the start
            self._fail(load.slug, Failure(type(exc).__name__, exc.message))
            return
        held.found = load.found
        self._memory.load(held.station)

    def _hold(self, slug: str) -> Held:
        pinned, station = self._catalogue.pinned(slug), self._catalogue.station(slug)
        held = Held(station, self._catalogue.size(slug), self._catalogue.load_s(slug), pinned)
        self.holding.by_slug[slug] = held
        return held

    def _arrive(self, load: Loading) -> None:
        del self.loads[load.slug]
        held = self.holding.by_slug[load.slug]
        held.state = ResidentState.READY
        held.ready_s = held.used_s = self._clock.monotonic_s()
        self._measure(held, None if load.found else load.load_s)
        self.setbacks = self.setbacks.after_success(load.slug)
        self._ended(load)

    def _measure(self, held: Held, load_s: float | None = None) -> None:
        self._catalogue.learn(held.slug, self._memory.size_gib(held.station), load_s)
        held.size, held.load_s = self._catalogue.size(held.slug), self._catalogue.load_s(held.slug)

    def _fail(self, slug: str, failure: Failure) -> None:
        self._go_on(self.loads[slug], Failed(failure))

    def _give_up(self, load: Loading) -> None:
        del self.loads[load.slug]
        failure = load.failure or Failure("ModelLoadFailed", "it came to nothing")
        if failure.out_of_memory:
            self._catalogue.learn_no_room(load.slug)
        self._set_back(load.slug, failure)
        held = self.holding.by_slug.get(load.slug)
        if held is not None:
            held.vanished |= held.found  # what others loaded is left to them
            self._drain(held, failure.reason)
        self._ended(load)

    def _set_back(self, slug: str, failure: Failure) -> None:
        self._tell(f"{slug} could not be loaded: {failure.kind}: {failure.reason}")
        self.setbacks = self.setbacks.after_failure(slug, failure, self._clock.monotonic_s(), self._attempts)

    def _drain(self, held: Held, why: str) -> None:
        held.state, held.leaves = ResidentState.DRAINING, why
        self._crew.drain(held.slug)

    def _see_off(self, held: Held) -> None:
        if not self._crew.drained(held.slug):
            return
        if not held.unloading:
            held.unloading = True
            if not held.vanished:
                if held.ready_s:
                    self._catalogue.learn(held.slug, self._memory.size_gib(held.station))
                self._memory.unload(held.station)
        gone = held.vanished or self._memory.unloaded(held.slug)
        if gone is True or (gone and not held.ready_s):  # what never came needs not go
            del self.holding.by_slug[held.slug]
            self.gone_s[held.slug] = self._clock.monotonic_s()
            self._spread(Gone(held.slug))
        elif isinstance(gone, Failure):
            self._stays(held, gone)

    def _stays(self, held: Held, failure: Failure) -> None:
        """Serve a model again that the engine would not let go."""
        self._tell(f"{held.slug} could not be unloaded: {failure.reason}")
        waiting = [load for load in self.loads.values() if held.slug in load.awaited]
        for load in waiting:
            self._go_on(load, Failed(Failure(failure.kind, f"{held.slug} could not be unloaded: {failure.reason}")))
        del self.holding.by_slug[held.slug]
        self.adopt(held.slug)

    def _spread(self, gone: Gone) -> None:
        for load in tuple(self.loads.values()):
            self._go_on(load, gone)
