"""What is served comes to the engines of a host, what is not goes, and what cannot come is told once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.errors import ModelLoadFailed
from tasks.jobs.store import Store
from tasks.training.registry import layout
from tests.workers.adapters.perch import MODEL, NOBODY, PERSONA, Perch
from workers.adapters.current import lock_of
from workers.adapters.inuse import using
from workers.adapters.rolling import ASK_AGAIN_S
from workers.adapters.servers import NoAdapters, ServerEngine
from workers.engines.fake import FakeEngine


class Server(FakeEngine):
    """An engine that takes adapters while it answers."""

    def __init__(self) -> None:
        super().__init__((MODEL,))
        self.calls: list[str] = []

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Take it, if its folder is there."""
        self.calls.append(f"load {adapter}")
        if not (Path(path) / "adapter_model.safetensors").is_file():
            raise ModelLoadFailed(f"no folder {path}")
        super().load_adapter(model, adapter, path)

    def unload_adapter(self, model: str, adapter: str) -> None:
        """Let it go."""
        self.calls.append(f"unload {adapter}")
        self._adapters.discard((model, adapter))


class Place(Perch):
    """One host with a server, a registry and a ledger."""

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder, store)
        self.server = Server()
        self.tending = self.tend(ServerEngine(self.server, folder, self.fetcher, self.turn, self.clock))

    def look(self) -> set[str]:
        self.clock.sleep(ASK_AGAIN_S)
        self.tending.look()
        return {name.removeprefix(f"{PERSONA}@") for name in self.server.adapters(MODEL)}


@pytest.fixture
def place(redis_url: str, tmp_path: Path) -> Iterator[Place]:
    store = Store.open(redis_url)
    yield Place(tmp_path, store)
    store.close()


def test_what_is_served_is_loaded_once_and_what_nobody_wants_any_more_goes(place: Place) -> None:
    first, second, third = (place.publish(seed) for seed in (1, 2, 3))
    assert place.look() == set()
    place.serve(first)
    assert place.look() == place.look() == {first}
    place.serve(second, previous=first)
    assert place.look() == {first, second}
    place.serve(third, previous=second)
    assert place.look() == {second, third}
    loaded = [f"load {PERSONA}@{version}" for version in (first, second, third)]
    assert place.server.calls == [*loaded, f"unload {PERSONA}@{first}"]
    assert sorted(path.name for path in (place.folder / "adapters").glob("*/versions/*")) == sorted([second, third])


def test_one_that_an_answer_is_still_given_with_stays_until_that_is_over(place: Place) -> None:
    first, second = place.publish(1), place.publish(2)
    place.serve(first)
    place.look()
    place.serve(second)
    with using(lock_of(place.folder, f"{PERSONA}@{first}")):
        assert place.look() == {first, second}
    assert place.look() == {second}


def test_what_others_loaded_at_the_server_is_theirs(place: Place) -> None:
    place.server._adapters.add((MODEL, "of somebody else"))
    place.serve(place.publish(1))
    assert "of somebody else" in place.look()
    place.serve()
    assert place.look() == {"of somebody else"}


def test_while_another_host_has_its_turn_nothing_is_loaded_here(place: Place) -> None:
    other = place.other_turn()
    version = place.publish(1)
    place.serve(version)
    assert place.look() == set()
    other.leave()
    assert place.look() == {version}


def test_a_model_that_is_not_in_memory_is_given_none(place: Place) -> None:
    place.serve(place.publish(1))
    place.server.unload(MODEL)
    assert place.look() == set()
    assert not place.server.calls


def test_where_nobody_learns_the_ledger_is_not_asked(place: Place) -> None:
    place.fleet, place.store = NOBODY, Store.open("redis://127.0.0.1:1/0")  # where nobody answers
    tending = place.tend(NoAdapters("vllm"))
    tending.look()
    assert (tending.ready, tending.troubles) == ({}, {})


def test_a_damaged_one_is_told_once_and_those_beside_it_come(place: Place) -> None:
    good, bad = place.publish(1), place.publish(2)
    weights = place.folder / "shelf" / layout.version(PERSONA, bad) / "adapter_model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    place.serve(bad, previous=good)
    assert place.look() == place.look() == {good}
    assert set(place.tending.troubles) == {f"{PERSONA}@{bad}"}
    assert [line.partition(":")[0] for line in place.said] == [f"no adapter {PERSONA}@{bad}"]
    place.serve(good)
    place.look()
    assert not place.tending.troubles


def test_an_engine_that_takes_none_is_told_once_for_all_who_learn(place: Place) -> None:
    place.serve(place.publish(2), previous=place.publish(1))
    tending = place.tend(NoAdapters("lmstudio"))
    for _ in range(2):
        tending.look()
    told = "lmstudio takes no adapters: what rook learned is not heard there, and answers are flagged so"
    assert (place.said, [*tending.troubles.values()]) == ([told], [told])
    assert tending.proven("tiny-one") == {}
