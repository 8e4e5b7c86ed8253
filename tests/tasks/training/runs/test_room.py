"""A run has room in the memory of this machine's host, waits until that has made it, and gives it back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import ServerBusy
from tasks.jobs import claims, fleet_moves
from tasks.jobs.fleet_values import FleetLook
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard
from tasks.training.runs.room import Anywhere, HostRoom
from tasks.training.runs.spec import Interrupted
from tests.tasks.training.runs.paces import spec

LONG_MS = 600_000
GIB = 4.0


@dataclass
class Home(ManualClock):
    """A host whose agent a test plays: at every look of who waits it has so much more room."""

    store: Store = field(default_factory=lambda: Store.open("redis://"))
    free_gib: list[float] = field(default_factory=list)
    now_s: float = 0.0

    def join(self) -> None:
        """Come up."""
        self.fence, _ = self.store.run(fleet_moves.host_join("home", "here", LONG_MS))
        self.beat({})

    def beat(self, memory: dict[str, object]) -> None:
        """Say what there is."""
        self.store.run(fleet_moves.host_beat("home", self.fence, LONG_MS, json.dumps({"memory": memory}), ()))

    def claimed(self) -> float:
        """Return what the agent sees that training needs."""
        seen = self.store.run(fleet_moves.look(HostCard(name="home", fence=self.fence, slots=1), ()))
        assert isinstance(seen, FleetLook)
        return seen.claimed_gib

    def sleep(self, seconds: float) -> None:
        """Have the agent look around while somebody waits."""
        super().sleep(seconds)
        if self.free_gib:
            self.beat({"free_gib": self.free_gib.pop(0), "foreign": {claims.TRAINING: self.claimed()}})


@pytest.fixture
def home(redis_url: str) -> Iterator[Home]:
    """A host that is up."""
    made = Home(store=Store.open(redis_url))
    made.join()
    yield made
    made.store.close()


def room(home: Home, ending: threading.Event | None = None, *, gib: float = GIB) -> HostRoom:
    return HostRoom(home.store, "home", lambda _spec: gib, ending or threading.Event(), patience_s=60.0, clock=home)


def test_it_waits_until_the_host_has_made_room_and_gives_it_back(home: Home) -> None:
    home.free_gib = [-4.0, -1.0, 0.5]
    taken = room(home)
    taken.take(spec())
    assert (home.free_gib, home.claimed()) == ([], GIB)
    taken.take(spec())
    taken.give_back()
    assert home.claimed() == 0.0
    taken.give_back()


def test_what_is_in_use_for_too_long_is_not_waited_for(home: Home) -> None:
    home.free_gib = [-4.0] * 1_000
    with pytest.raises(ServerBusy, match=r"'home' could not make room for 4\.0 GiB"):
        room(home).take(spec())
    assert home.claimed() == 0.0


def test_who_is_told_to_end_waits_no_longer(home: Home) -> None:
    ending = threading.Event()
    ending.set()
    with pytest.raises(Interrupted):
        room(home, ending).take(spec())
    assert home.claimed() == 0.0


def test_a_host_that_is_not_up_has_room(redis_url: str) -> None:
    away = Home(store=Store.open(redis_url))
    taken = room(away)
    taken.take(spec())
    taken.give_back()
    away.store.close()


def test_where_nobody_can_tell_how_much_it_takes_nothing_is_claimed(home: Home) -> None:
    room(home, gib=0.0).take(spec())
    assert home.claimed() == 0.0


def test_a_claim_that_nobody_renews_ends(home: Home) -> None:
    home.store.run(claims.claim("home", GIB))
    left_ms = home.store.client.pttl(home.store.key("pocket", "claim:home"))
    assert 0 < left_ms <= claims.LIFE_S * 1000
    assert claims.EVERY_S * 2 < claims.LIFE_S


def test_without_a_host_here_there_is_room_anywhere() -> None:
    Anywhere().take(spec())
    Anywhere().give_back()
