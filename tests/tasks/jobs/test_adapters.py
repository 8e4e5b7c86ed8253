from __future__ import annotations

import pytest

from tasks.contracts.canary import Served
from tasks.jobs import adapters
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug

A, B = "20261122-aaaaaaaa", "20261123-bbbbbbbb"


def test_whom_nobody_trained_is_served_by_the_base(flock: Flock) -> None:
    assert flock.store.run(adapters.of("pirate")) == Served()
    assert flock.store.run(adapters.every()) == {}


@pytest.mark.parametrize("persona", ["pirate", 'Käpt\'n "Hook"', "a:b|c"])
def test_what_is_served_comes_back_as_it_was(flock: Flock, persona: str) -> None:
    served = Served(serial=3, current=A, previous="", canary=B, share=0.1, unrated=True)
    assert flock.store.run(adapters.put(persona, served))
    assert flock.store.run(adapters.of(persona)) == served
    assert flock.store.run(adapters.every()) == {persona: served}


def test_an_older_writer_never_wins(flock: Flock) -> None:
    serials = (2, 1, 2, 10, 9)  # as numbers: not by their letters
    moved = [flock.store.run(adapters.put("pirate", Served(serial=serial, current=A))) for serial in serials]
    assert moved == [True, False, False, True, False]
    assert flock.store.run(adapters.of("pirate")).serial == 10


def test_a_registry_of_an_earlier_day_takes_the_place_of_what_it_was_asked_about_alone(flock: Flock) -> None:
    flock.store.run(adapters.put("pirate", Served(serial=7, current=B)))
    assert not flock.store.run(adapters.put_instead("pirate", Served(serial=2, current=A), 6))
    assert flock.store.run(adapters.put_instead("pirate", Served(serial=2, current=A), 7))
    assert flock.store.run(adapters.of("pirate")).current == A
    assert flock.store.run(adapters.put_instead("pirate", Served(), 2))
    assert flock.store.run(adapters.every()) == {}


def test_what_a_newer_version_wrote_stops_nobody(flock: Flock) -> None:
    key = flock.store.key("adapters")
    flock.client.hset(key, "pirate", f'{{"serial": 2, "current": "{A}", "shadow": true}}')
    flock.client.hset(key, "poet", '{"serial": 2, "current": "v2.0"}')
    assert flock.store.run(adapters.every()) == {"pirate": Served(serial=2, current=A)}
    assert flock.store.run(adapters.of("poet")) == Served()


def test_what_is_served_outlives_a_redis_that_was_killed(flock: Flock, plug: Plug) -> None:
    flock.store.run(adapters.put("pirate", Served(serial=1, current=A)))
    plug.pull()
    plug.push_in()
    assert flock.store.run(adapters.of("pirate")).current == A
