"""How an engine of our own comes by other adapters: beside the former one, or in its place; and back where it fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tasks.contracts.errors import ProcessFailed
from tasks.jobs.store import Store
from tests.tiny_model import write_tiny_gguf
from tests.workers.residency.rig import Rig
from workers.adapters import address
from workers.adapters.changing import Changing, Files, Made
from workers.adapters.fetching import proof_of
from workers.adapters.inuse import using
from workers.adapters.rolling import Turn
from workers.children import engine_of
from workers.residency.held import Held
from workers.supervision.child import ChildSpec
from workers.supervision.childstate import ChildState, Phase

OLD, NEW = "rook@20261101-0a0a0a0a", "rook@20261122-ab12cd34"
PATIENCE_S = 600.0


class Children:
    """A supervisor whose children are in a test's hands."""

    def __init__(self, *specs: ChildSpec) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self.phases = dict.fromkeys(self.specs, Phase.READY)
        self.dead: set[str] = set()
        self.stopping: dict[str, ChildSpec | None] = {}

    def add(self, spec: ChildSpec) -> None:
        if spec.name in self.stopping:
            self.stopping[spec.name] = spec
            return
        assert spec.name not in self.specs
        self.specs[spec.name], self.phases[spec.name] = spec, Phase.STARTING

    def remove(self, name: str, *, wait: bool = True) -> None:
        assert not wait, "nobody waits here"
        if name in self.specs:
            self.stopping[name] = None
            self.phases[name] = Phase.STOPPING

    def swap(self, one: str, other: str) -> None:
        for of in (self.specs, self.phases):
            of[one], of[other] = of[other], of[one]  # type: ignore[index]

    def states(self) -> dict[str, ChildState]:
        return {
            name: ChildState(name, phase, 1, 1, int(name in self.dead), None, None, True)
            for name, phase in self.phases.items()
        }

    def failure(self, name: str) -> ProcessFailed:
        return ProcessFailed(f"{name} could not load it")

    def tick(self) -> None:
        """Have those end that were told to, and those that come after them begin."""
        for name, then in list(self.stopping.items()):
            del self.specs[name], self.phases[name], self.stopping[name]
            self.dead.discard(name)
            if then is not None:
                self.add(then)

    def files(self, name: str) -> list[str]:
        """Return the adapters that a child was started with."""
        return [word.partition("=")[2] for word in self.specs[name].argv if word.startswith("--adapter=")]


class Roost:
    """A host with one model, its real mover, and made-up processes."""

    def __init__(self, folder: Path, store: Store, total_gib: float) -> None:
        gguf = write_tiny_gguf(folder / "tiny.gguf", seed=1)
        model = f'[[model]]\nname = "tiny"\ngguf = "{gguf}"\nmemory_gib = 1\n'
        text = f'{model}[[host]]\nname = "home"\nmemory_gib = {total_gib}\n'
        self.folder, self.rig = folder, Rig(folder, text, preload=True)
        (folder / "data" / "hosts" / "home").mkdir(parents=True, exist_ok=True)
        self.rig.go(5.0)
        engine = self.held.station.engine
        assert engine is not None
        self.children = Children(engine)
        self.turn, self.woken = Turn(store, "home", 1, self.rig.clock), 0
        self.changing = Changing(
            self.rig.mover,
            self.children,  # type: ignore[arg-type]  # as far as it is asked
            self.turn,
            self._made,
            patience_s=PATIENCE_S,
            clock=self.rig.clock,
            tell=self.rig.told.append,
            wake=self._wake,
        )

    @property
    def held(self) -> Held:
        return self.rig.mover.holding.by_slug["tiny"]

    @property
    def address(self) -> str:
        """Where the worker asks now."""
        told = self.held.station.told_file
        assert told is not None
        return address.read(told)

    def _wake(self) -> None:
        self.woken += 1

    def _made(self, slug: str, files: Files, beside: str) -> Made:
        return engine_of(self.rig.settings, self.rig.catalogue.model(slug), 2, files, beside)

    def files(self, *names: str) -> Mapping[str, Path]:
        return {name: self.folder / f"{name}.gguf" for name in names}

    def step(self, *names: str, times: int = 3) -> None:
        """Step with these adapters ready."""
        for _ in range(times):
            self.children.tick()
            self.changing.step({"tiny": self.files(*names)})
            self.rig.clock.sleep(0.3)


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store.open(redis_url)
    yield made
    made.close()


@pytest.fixture
def roomy(tmp_path: Path, store: Store) -> Roost:
    return Roost(tmp_path, store, 2.5)


@pytest.fixture
def narrow(tmp_path: Path, store: Store) -> Roost:
    return Roost(tmp_path, store, 1.5)


def test_beside_the_former_one_and_the_worker_is_told_once_it_answers(roomy: Roost) -> None:
    former = roomy.held.station
    roomy.step(NEW)
    assert set(roomy.children.specs) == {"engine-tiny", "engine-tiny+1"}
    assert roomy.rig.mover.holding.budget.used_gib == 2.0
    assert roomy.address == ""
    assert not roomy.held.resting
    roomy.children.phases["engine-tiny+1"] = Phase.READY
    roomy.step(NEW, times=1)
    assert roomy.address == roomy.held.station.spec != former.spec
    assert roomy.held.station.adapters == (NEW,)
    roomy.step(NEW)
    assert list(roomy.children.specs) == ["engine-tiny"]
    assert roomy.children.files("engine-tiny") == [str(roomy.files(NEW)[NEW])]
    assert roomy.rig.mover.holding.budget.used_gib == 1.0
    assert proof_of(roomy.files(NEW)[NEW]).exists()
    assert roomy.woken == 1


def test_the_former_one_stays_until_its_last_answer_is_over(roomy: Roost) -> None:
    told, spec = roomy.held.station.told_file, roomy.held.station.spec
    assert told is not None
    with using(address.lock_of(told, spec)):
        roomy.step(NEW)
        roomy.children.phases["engine-tiny+1"] = Phase.READY
        roomy.step(NEW, times=9)
        assert set(roomy.children.specs) == {"engine-tiny", "engine-tiny+1"}
        roomy.rig.clock.sleep(PATIENCE_S)
        roomy.step(NEW)
    assert set(roomy.children.specs) == {"engine-tiny"}, "past their deadlines nobody waits for answers"


def test_without_room_the_model_is_drained_and_its_engine_started_anew(narrow: Roost) -> None:
    narrow.rig.ledger.busy["tiny"] = 1
    narrow.step(NEW)
    assert narrow.held.resting
    assert narrow.children.phases == {"engine-tiny": Phase.READY}, "somebody is answered"
    narrow.rig.mover.resume("tiny")
    assert narrow.held.resting, "nobody starts its worker meanwhile"
    narrow.rig.ledger.busy.clear()
    narrow.step(NEW)
    assert narrow.children.phases == {"engine-tiny": Phase.STARTING}
    narrow.children.phases["engine-tiny"] = Phase.READY
    narrow.step(NEW)
    assert (narrow.held.station.adapters, narrow.held.changing) == ((NEW,), False)
    assert narrow.address == narrow.held.station.spec
    narrow.rig.mover.resume("tiny")
    assert not narrow.held.resting


@pytest.mark.parametrize("place", ["roomy", "narrow"])
def test_one_that_the_engine_does_not_start_with_is_refused_and_the_former_one_answers(
    place: str, request: pytest.FixtureRequest
) -> None:
    roost: Roost = request.getfixturevalue(place)
    former = roost.held.station
    roost.step(NEW, times=5)
    fresh = "engine-tiny+1" if place == "roomy" else "engine-tiny"
    roost.children.dead.add(fresh)
    roost.step(NEW, times=5)
    roost.children.phases["engine-tiny"] = Phase.READY
    roost.step(NEW, times=5)
    assert set(roost.changing.refused) == {NEW}
    assert (roost.held.station, roost.held.changing) == (former, False)
    assert set(roost.children.specs) == {"engine-tiny"}
    assert roost.children.files("engine-tiny") == []
    assert not proof_of(roost.files(NEW)[NEW]).exists()
    assert roost.address in ("", former.spec)


def test_of_several_each_is_tried_alone_before_it_is_blamed(roomy: Roost) -> None:
    roomy.step(NEW, OLD)
    roomy.children.dead.add("engine-tiny+1")
    roomy.step(NEW, OLD)
    assert not roomy.changing.refused
    assert roomy.children.files("engine-tiny+0") == [str(roomy.files(NEW)[NEW])]
    roomy.children.phases["engine-tiny+0"] = Phase.READY
    roomy.step(NEW, OLD, times=5)
    assert roomy.held.station.adapters == (NEW,)
    assert roomy.children.files("engine-tiny+1") == [str(roomy.files(each)[each]) for each in (NEW, OLD)]
    roomy.children.dead.add("engine-tiny+1")
    roomy.step(NEW, OLD)
    assert set(roomy.changing.refused) == {OLD}


def test_what_is_not_wanted_any_more_is_no_reason_to_change_and_goes_with_the_next(roomy: Roost) -> None:
    roomy.step(OLD)
    roomy.children.phases["engine-tiny+1"] = Phase.READY
    roomy.step(OLD)
    roomy.step()
    assert roomy.held.station.adapters == (OLD,)
    roomy.step(NEW)
    roomy.children.phases["engine-tiny+0"] = Phase.READY
    roomy.step(NEW)
    assert roomy.held.station.adapters == (NEW,)


def test_a_model_that_goes_meanwhile_is_given_nothing_more(roomy: Roost) -> None:
    roomy.step(NEW)
    roomy.rig.mover.let_go("tiny", "its room is needed")
    roomy.step(NEW)
    assert set(roomy.children.specs) == {"engine-tiny"}
    assert roomy.held.beside_gib == 0.0
    assert roomy.turn.take("tiny"), "and the next host has its turn"
