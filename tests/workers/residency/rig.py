"""A keeper with everything around it in a test's hands: the ledger, the engine, the workers, time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.settings import load
from tasks.jobs.demand import Demand, Holder
from tasks.jobs.fleet_values import Took
from tasks.jobs.values import Word
from workers.children import Station
from workers.residency.catalogue import Catalogue
from workers.residency.keeper import Habits, Keeper
from workers.residency.ledger import LoadEnd, Sight
from workers.residency.loading import Failed, Failure, Loaded, Serving
from workers.residency.measures import Measures
from workers.residency.memory import Listing
from workers.residency.mover import Mover
from workers.residency.policy import decide as sticky
from workers.residency.presence import Presence
from workers.residency.rules import Rules
from workers.residency.view import Decision, HostView, Mode

BROKEN = Failure("ModelLoadFailed", "the file is broken")
NO_ROOM = Failure("OutOfMemory", "failed to allocate", out_of_memory=True)


def fleet(sizes: dict[str, float], total_gib: float | None, host: str = "", pins: Sequence[str] = ()) -> str:
    """Return a rookery.toml with models of these sizes on one host that has no engine of its own."""
    models = "".join(
        f'[[model]]\nname = "{name}"\naliases = {{home = "{name}"}}\nmemory_gib = {gib}\n'
        + ('pin = ["home"]\n' if name in pins else "")
        for name, gib in sizes.items()
    )
    budget = f"memory_gib = {total_gib}\n" if total_gib is not None else ""
    return f'{models}[[host]]\nname = "home"\nengine = "fake"\n{budget}{host}'


class FakeMemory:
    """An engine that does what the test says, in the order in which it is asked."""

    def __init__(self, clock: ManualClock, *, watched: bool = False, at_once: int = 100, load_s: float = 2.0) -> None:
        self.clock, self.watched, self.at_once, self.load_s = clock, watched, at_once, load_s
        self.resident: dict[str, float] = {}
        self.due: dict[str, float] = {}
        self.failing: dict[str, Failure] = {}
        self.stuck: dict[str, Failure] = {}
        self.lost_ones: dict[str, Failure] = {}
        self.sizes: dict[str, float] = {}
        self.said: Listing | None = None
        self.most_gib = 0.0

    def load(self, station: Station) -> None:
        self.due[station.slug] = self.clock.now_s + self.load_s
        self.resident[station.slug] = station.model.memory_gib or 0.0
        self.most_gib = max(self.most_gib, sum(self.resident.values()))

    def loaded(self, slug: str) -> Loaded | Failed | None:
        if slug in self.failing:
            return Failed(self.failing[slug])
        return Loaded() if self.clock.now_s >= self.due[slug] else None

    def unload(self, station: Station) -> None:
        if station.slug not in self.stuck:
            self.resident.pop(station.slug, None)

    def unloaded(self, slug: str) -> Failure | bool:
        return self.stuck.get(slug) or slug not in self.resident

    def size_gib(self, station: Station) -> float | None:
        return self.sizes.get(station.slug)

    def answers(self, slug: str) -> bool:
        return slug in self.resident

    def lost(self, slug: str) -> Failure | None:
        return self.lost_ones.get(slug)

    def listing(self) -> Listing | None:
        return self.said

    def close(self) -> None:
        return


class FakeCrew:
    """Workers that start at once, and end when they have nothing in hand."""

    def __init__(self, busy: dict[str, int]) -> None:
        self.busy = busy
        self.there: set[str] = set()
        self.draining: set[str] = set()
        self.failing: dict[str, Failure] = {}

    def start(self, station: Station) -> None:
        self.there.add(station.slug)

    def started(self, slug: str) -> Serving | Failed | None:
        return Failed(self.failing[slug]) if slug in self.failing else Serving()

    def drain(self, slug: str) -> None:
        self.draining.add(slug)

    def drained(self, slug: str) -> bool:
        if slug in self.draining and not self.busy.get(slug):
            self.draining.discard(slug)
            self.there.discard(slug)
        return slug not in self.there

    def serving(self, slug: str) -> bool:
        return slug in self.there and slug not in self.draining


class FakeLedger:
    """Says what the test has put there, and keeps what it is told."""

    def __init__(self) -> None:
        self.demands: dict[str, Demand] = {}
        self.busy: dict[str, int] = {}
        self.copies: dict[str, int] = {}
        self.word, self.answer, self.away = Word.RUN, Took.OURS, False
        self.claimed_gib = 0.0
        self.knows = True
        """Whether the host counts as up; one whose beats were lost for too long does not."""
        self.said: list[tuple[Any, ...]] = []
        self.took_s: dict[str, tuple[float, float]] = {}
        """What the last load of each model took: into memory, and from its claim until it was served."""

    def look(self, residents: Sequence[str]) -> Sight | None:
        self._check()
        if not self.knows:
            return None
        here = {slug: each for slug, each in self.demands.items() if slug in residents}
        there = tuple(each for slug, each in self.demands.items() if slug not in residents)
        return Sight(
            there, here, dict(self.busy), copies=dict(self.copies), word=self.word, claimed_gib=self.claimed_gib
        )

    def claim(
        self, slug: str, evict: Sequence[str], mode: Mode, holders: Sequence[Holder], *, ttl_ms: int, slots: int
    ) -> Took:
        self._check()
        self.said.append(("claim", slug, tuple(evict), mode.value))
        return self.answer

    def done(self, end: LoadEnd) -> bool:
        self._check()
        if self.knows:
            self.said.append(("done", end.slug, end.ok, end.why))
            self.took_s[end.slug] = (end.load_s, end.whole_s)
        return self.knows

    def reserve(self, slug: str, ttl_ms: int) -> bool:
        self.said.append(("reserve", slug))
        return True

    def unhold(self, slug: str, why: str) -> None:
        self.said.append(("unhold", slug))

    def hold(self, end: LoadEnd) -> bool:
        if self.knows:
            self.said.append(("hold", end.slug))
        return self.knows

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailable("Redis did not answer")

    def wait(self, slug: str, count: int = 1, waited_s: float = 20.0, turn_s: float = 0.0, **more: Any) -> None:
        """Have people wait for a model."""
        ages, lefts = (waited_s,) * count, (120.0 - waited_s,) * count
        self.demands[slug] = Demand(slug, count, ages, lefts, turn_s=turn_s, service_s=2.0, **more)


class Rig:
    """One host of fakes around the real keeper."""

    def __init__(
        self,
        folder: Path,
        text: str,
        *,
        preload: bool = False,
        decide: Callable[[HostView], Decision] | None = None,
        soon: Callable[[], frozenset[str]] = frozenset,
        **memory: Any,
    ) -> None:
        (folder / "rookery.toml").write_text(text)
        self.settings = load(folder / "rookery.toml", {})
        host = self.settings.fleet.host("home")
        self.clock, self.ledger = ManualClock(1_000.0), FakeLedger()
        self.told: list[str] = []
        self.memory, self.crew = FakeMemory(self.clock, **memory), FakeCrew(self.ledger.busy)
        self.measures = Measures(folder)
        self.catalogue = Catalogue(self.settings, host, 1, self.measures)
        self.mover = Mover(
            self.catalogue,
            self.memory,
            self.crew,  # type: ignore[arg-type]
            total_gib=host.memory_gib or float("inf"),
            clock=self.clock,
            load_timeout_s=60.0,
            attempts=3,
            ended=lambda ended: self.keeper.ended(ended),
            tell=self.told.append,
        )
        wanted = self.catalogue.slugs if preload else ()
        self.presence = Presence(
            self.catalogue,
            self.memory,
            self.mover,
            wanted=wanted,
            max_models=host.max_models,
            clock=self.clock,
            tell=self.told.append,
        )
        rules = Rules.for_deadline(120.0)
        self.keeper = Keeper(
            "home",
            self.catalogue,
            self.mover,
            self.presence,
            self.ledger,
            decide or (lambda view: sticky(view, rules)),
            habits=Habits(
                max_models=host.max_models,
                keep_s=host.unload_after_s,
                wanted=frozenset(wanted),
                guest_s=lambda: self.settings.fleet.residency.unload_after_s,
                soon=soon,
            ),
            clock=self.clock,
            chance=lambda: 0.5,
        )

    def go(self, seconds: float, step_s: float = 0.05) -> None:
        """Let time pass as the agent does."""
        for _ in range(round(seconds / step_s)):
            self.clock.sleep(step_s)
            self.keeper.step()
            ours = sum(held.size.gib for held in self.mover.holding.by_slug.values())
            assert ours <= self.mover.holding.total_gib + 1e-6, "never over budget"

    def engine_lists(
        self, *names: str, sizes: dict[str, float] | None = None, loads: bool = True, trouble: str = ""
    ) -> None:
        """Have the engine say what it holds, now."""
        self.memory.said = Listing(self.clock.now_s, frozenset(names), sizes or {}, loads, trouble)

    @property
    def serving(self) -> list[str]:
        """The models that may be asked for."""
        return sorted(self.mover.serving())

    def claims(self) -> list[tuple[Any, ...]]:
        """Return the loads that were claimed."""
        return [said[1:3] for said in self.ledger.said if said[0] == "claim"]

    def done(self) -> list[tuple[Any, ...]]:
        """Return the ends of loads that the ledger was told of."""
        return [said[1:] for said in self.ledger.said if said[0] == "done"]
