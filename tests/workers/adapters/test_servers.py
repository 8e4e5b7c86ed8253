"""A server is asked which adapters it has when that may have changed, and otherwise now and then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import EngineError, EngineRejected
from tasks.contracts.fleet import Model
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Emulator, Stock
from tests.emulators.engines.vllm import EmulatedVllm
from workers.adapters.fetching import Fetcher
from workers.adapters.rolling import Turn
from workers.adapters.servers import LIST_EVERY_S, NoAdapters, ServerEngine
from workers.adapters.wanted import Adapter
from workers.engines.vllm import VllmEngine

MODEL, FIRST, SECOND = "tiny", "rook@20261121-aaaaaaaa", "rook@20261122-bbbbbbbb"
LISTING, BROKEN = "/v1/models", Path("/missing/adapter")
RESIDENT = 1  # a look asks once which models there are, for which vLLM has the same route


class Alone:
    """A turn that nobody else wants."""

    def take(self, model: str) -> bool:
        """It always comes."""
        return True

    def leave(self) -> None:
        """Nobody waits."""


class Place:
    """An emulated vLLM, and what brings adapters there."""

    def __init__(self, server: EmulatedVllm, folder: Path) -> None:
        self.server, self.folder, self.clock = server, folder, ManualClock()
        engine = VllmEngine(server.url, {MODEL: MODEL})
        self.tended = ServerEngine(engine, folder, cast(Fetcher, None), cast(Turn, Alone()), self.clock)

    def look(self, *wanted: str, at: Path | None = None) -> tuple[int, dict[str, str]]:
        """Look once; return how often the server was asked what it has, and what came to nothing."""
        before = len(self.server.asked("GET", LISTING))
        troubles = self.tended.tend({MODEL: {name: (at or self.folder) / name for name in wanted}})
        return len(self.server.asked("GET", LISTING)) - before - RESIDENT, troubles

    def quiet(self, *wanted: str, looks: int = 4) -> int:
        """Look several times within the time that a listing counts for; return how often it was asked for."""
        return sum(self.look(*wanted)[0] for _ in range(looks))

    def has(self) -> set[str]:
        """Return the adapters at the server under our names."""
        return {name.rpartition("@")[0] for name in self.server.adapters}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Children(tmp_path) as children, EmulatedVllm(children, Stock(MODEL, 1)) as server:
        yield Place(server, tmp_path)


def test_a_server_that_has_what_it_should_is_asked_now_and_then(place: Place) -> None:
    place.look(FIRST)
    assert place.has() == place.tended.used() == {FIRST}
    assert place.quiet(FIRST) == 0
    place.clock.sleep(LIST_EVERY_S)
    assert place.look(FIRST) == (1, {})
    assert place.quiet(FIRST) == 0


def test_what_was_changed_is_known_at_once(place: Place) -> None:
    place.look(FIRST)
    place.look(FIRST, SECOND)
    assert place.has() == place.tended.used() == {FIRST, SECOND}
    place.look(SECOND)
    assert place.has() == place.tended.used() == {SECOND}
    assert place.quiet(SECOND) == 0


def test_what_could_not_be_loaded_is_tried_again_at_the_next_look(place: Place) -> None:
    for _ in range(2):
        listed, troubles = place.look(FIRST, at=BROKEN)
        assert (listed > 0, list(troubles)) == (True, [FIRST])
    place.look(FIRST)
    assert place.has() == {FIRST}


def test_what_its_owner_took_away_comes_back_before_long(place: Place) -> None:
    place.look(FIRST)
    place.server.adapters.clear()
    place.look(FIRST)
    assert place.has() == set()
    place.clock.sleep(LIST_EVERY_S)
    place.look(FIRST)
    assert place.has() == {FIRST}


def test_a_model_that_was_away_is_looked_at_when_it_is_back(place: Place) -> None:
    place.look(FIRST)
    place.server.switches.awake = False
    place.look(FIRST)
    place.server.restart()
    place.look(FIRST)
    assert place.has() == {FIRST}


def test_a_server_that_did_not_answer_is_asked_anew(place: Place) -> None:
    place.look(FIRST)
    place.server.kill()
    with pytest.raises(EngineError):
        place.look(FIRST)
    place.server.adapters.clear()
    Emulator.restart(place.server)
    place.look(FIRST)
    assert place.has() == {FIRST}


def test_a_server_of_somebody_else_is_brought_no_adapter_and_that_is_told() -> None:
    cloud = NoAdapters("far", "belongs to somebody else, to whom no adapter goes")
    assert cloud.unable(["rook"]) == (
        "far belongs to somebody else, to whom no adapter goes: what rook learned is not heard there, and answers are"
        " flagged so"
    )
    with pytest.raises(EngineRejected, match="to whom no adapter goes"):
        cloud.fetch(Adapter("rook", "20261122-ab12cd34"), cast(Model, None))
