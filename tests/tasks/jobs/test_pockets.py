from __future__ import annotations

from tasks.jobs import pockets
from tests.tasks.jobs.flock import Flock

SOON_S = 900


def test_a_value_is_kept_for_a_while_and_under_its_name_alone(flock: Flock) -> None:
    assert flock.store.run(pockets.put("interaction:7", "canary", SOON_S))
    assert flock.store.run(pockets.get("interaction:7")) == "canary"
    assert flock.store.run(pockets.get("interaction:8")) == ""
    (kept,) = flock.dump().items()
    assert kept[0] == "rookery:pocket:interaction:7"
    assert 0 < kept[1][2] <= SOON_S * 1000


def test_a_value_that_is_put_again_lives_anew(flock: Flock) -> None:
    flock.store.run(pockets.put("x", "old", 1))
    flock.store.run(pockets.put("x", "new", SOON_S))
    assert flock.store.run(pockets.get("x")) == "new"
    assert flock.client.pttl("rookery:pocket:x") > 1_000


def test_a_value_may_be_dropped_before_its_time(flock: Flock) -> None:
    flock.store.run(pockets.put("x", "canary", SOON_S))
    assert flock.store.run(pockets.drop("x"))
    assert not flock.store.run(pockets.drop("x"))
    assert flock.store.run(pockets.get("x")) == ""


def test_a_value_whose_time_is_over_is_gone(flock: Flock) -> None:
    flock.store.run(pockets.put("x", "canary", SOON_S))
    flock.client.pexpire("rookery:pocket:x", 0)
    assert flock.store.run(pockets.get("x")) == ""
    flock.store.run(pockets.put("brief", "canary", 0.0001))
    assert flock.client.pttl("rookery:pocket:brief") < 1_000, "it lives, if at all, for the least there is"
