"""Where each adapter is a model of its own, it is made and loaded while answers are given with it, and then deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.jobs.store import Store
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.ollama import Ollama, Quirks
from tests.workers.adapters.perch import MODEL, NOBODY, PERSONA, Perch
from tests.workers.engines.asking import PATIENT, chat, told
from workers.adapters.current import lock_of
from workers.adapters.inuse import using
from workers.adapters.making import LONGEST_S, TRY_AGAIN_S, MakesModels, MakingEngine
from workers.adapters.rolling import ASK_AGAIN_S
from workers.engines.ollama import OllamaEngine

TAG = "tiny:q8"


class Notes:
    """The keeper's notes: what there is room for, and what was charged."""

    def __init__(self) -> None:
        self.has_room, self.charged = True, list[float]()

    def fits(self, model: str) -> bool:
        return self.has_room

    def charge(self, model: str, gib: float) -> None:
        self.charged.append(gib)

    def size_gib(self, model: str) -> float:
        return 2.0


class Place(Perch):
    """One host with an Ollama, a registry and a ledger."""

    def __init__(self, folder: Path, store: Store, server: Ollama) -> None:
        super().__init__(folder, store)
        self.server, self.notes = server, Notes()
        self.engine = OllamaEngine(server.url, {MODEL: TAG})
        self.tending = self.tend(MakingEngine(self.engine, folder, self.fetcher, self.turn, self.notes, self.clock))
        self.engine.ensure_loaded(MODEL)

    def look(self, after_s: float = ASK_AGAIN_S) -> set[str]:
        """Return what is in memory after a look."""
        self.clock.sleep(after_s)
        self.tending.look()
        return {name.removeprefix(f"{PERSONA}@") for name in self.engine.adapters(MODEL)}

    @property
    def made(self) -> set[str]:
        """What is on Ollama's disk."""
        return {name.removeprefix(f"{PERSONA}@") for name in self.engine.made_adapters(MODEL)}

    def tries(self) -> int:
        return len(self.server.asked("POST", "/api/create"))


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    with Children(tmp_path_factory.mktemp("models")) as running:
        yield running


@pytest.fixture
def quirks() -> Quirks:
    return Quirks()


@pytest.fixture
def place(redis_url: str, tmp_path: Path, children: Children, quirks: Quirks) -> Iterator[Place]:
    store = Store.open(redis_url)
    with Ollama(children, Stock(TAG, 1, 2.0), quirks=quirks) as server:
        yield Place(tmp_path, store, server)
    store.close()


def test_ollamas_client_is_such_an_engine(place: Place) -> None:
    assert isinstance(place.engine, MakesModels)


def test_what_is_served_answers_what_is_spare_waits_on_the_disk_and_the_rest_is_deleted(place: Place) -> None:
    first, second, third = (place.publish(seed) for seed in (1, 2, 3))
    assert place.look() == set()
    place.serve(first)
    assert place.look() == place.look() == {first}
    plain, ridden = (
        told(place.engine.chat_stream(chat(MODEL, adapter=name), PATIENT))[0] for name in ("", f"{PERSONA}@{first}")
    )
    assert plain != ridden
    place.serve(second, previous=first, canary=third, share=0.5)
    assert place.look() == {second, third}
    assert place.made == {first, second, third}
    place.serve(third, previous=second)
    assert place.look() == {third}
    assert place.made == {second, third}
    assert place.tries() == 3


def test_a_rollback_loads_what_was_made_before(place: Place) -> None:
    first, second = place.publish(1), place.publish(2)
    place.serve(first)
    place.look()
    place.serve(second, previous=first)
    place.look()
    place.serve(first)
    assert place.look() == place.made == {first}
    assert place.tries() == 2


def test_one_that_an_answer_is_given_with_stays_until_that_is_over(place: Place) -> None:
    first, second = place.publish(1), place.publish(2)
    place.serve(first)
    place.look()
    place.serve(second)
    with using(lock_of(place.folder, f"{PERSONA}@{first}")):
        assert place.look() == place.made == {first, second}
    assert place.look() == place.made == {second}


def test_its_memory_is_charged_before_it_is_loaded_and_as_measured_from_then_on(place: Place) -> None:
    place.serve(place.publish(1))
    place.look()
    assert place.notes.charged[0] == 0.0
    assert set(place.notes.charged[1:]) == {2.0}
    place.serve()
    place.look()
    assert place.notes.charged[-1] == 0.0


def test_where_there_is_no_room_that_is_told_once_and_the_base_goes_on(place: Place) -> None:
    place.notes.has_room = False
    version = place.publish(1)
    place.serve(version)
    assert place.look() == place.look() == set()
    why = "it takes as much memory as its model, and there is none for both; the model answers"
    assert place.said == [f"no adapter {PERSONA}@{version}: {why}"]
    place.notes.has_room = True
    assert place.look() == {version}
    assert not place.tending.troubles


def test_a_model_that_goes_takes_its_adapters_along_and_they_come_back_with_it(place: Place) -> None:
    version = place.publish(1)
    place.serve(version)
    place.look()
    place.engine.unload(MODEL)
    assert place.look() == set()
    place.engine.ensure_loaded(MODEL)
    assert place.look() == {version}
    assert place.tries() == 1


def test_while_another_host_has_its_turn_nothing_is_loaded_here(place: Place) -> None:
    other = place.other_turn()
    version = place.publish(1)
    place.serve(version)
    assert place.look() == set()
    other.leave()
    assert place.look() == {version}


def test_once_nobody_learns_any_more_nothing_is_left(place: Place) -> None:
    place.serve(place.publish(1))
    place.look()
    place.fleet = NOBODY
    assert place.look() == place.made == set()
    asked = len(place.server.seen)
    place.tending.look()
    assert len(place.server.seen) == asked


@pytest.mark.parametrize("quirks", [Quirks(takes_no_adapters=True)], ids=["0.34.1"])
def test_what_is_refused_is_told_and_tried_again_ever_more_rarely(place: Place) -> None:
    version = place.publish(1)
    place.serve(version)
    place.look()
    (line,) = place.said
    assert "Ollama gave that up with 0.34.1" in line
    wait_s, tries = TRY_AGAIN_S, 1
    for _ in range(10):
        place.look(wait_s - 2)
        assert place.tries() == tries
        place.look(2)
        wait_s, tries = min(2 * wait_s, LONGEST_S), tries + 1
        assert place.tries() == tries
    assert place.said == [line]


def test_a_look_that_finds_all_as_it_should_be_asks_twice_what_is_in_memory(place: Place) -> None:
    place.serve(place.publish(1))
    place.look()
    asked = len(place.server.seen)
    place.tending.look()
    assert [seen.path for seen in place.server.seen[asked:]] == ["/api/ps", "/api/ps"]
