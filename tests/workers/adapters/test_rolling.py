"""One host at a time changes its adapters for a model; whose turn it is stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.contracts.clock import ManualClock
from tasks.jobs.store import Store
from workers.adapters.rolling import ASK_AGAIN_S, LEASE_MS, RENEW_S, Turn, office_of


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store.open(redis_url)
    yield made
    made.close()


def test_the_next_host_has_its_turn_once_the_one_before_leaves(store: Store) -> None:
    clock = ManualClock()
    one, two = Turn(store, "one", 1, clock), Turn(store, "two", 1, clock)
    assert one.take("Tiny Model")
    assert not two.take("Tiny Model")
    assert two.take("another") is False, "it asks no sooner than it said"
    clock.sleep(ASK_AGAIN_S)
    assert two.take("another"), "another model is another turn"
    two.leave()
    one.leave()
    assert two.take("Tiny Model")


def test_a_turn_that_is_kept_does_not_lapse_and_one_that_is_not_does(store: Store) -> None:
    clock = ManualClock()
    turn = Turn(store, "one", 1, clock)
    assert turn.take("m")
    key = store.key("lead", office_of("m"))
    store.client.pexpire(key, LEASE_MS // 2)
    clock.sleep(RENEW_S)
    turn.keep()
    assert store.client.pttl(key) > LEASE_MS // 2
    store.client.delete(key)  # as if it had lapsed
    assert Turn(store, "two", 1, ManualClock()).take("m")


def test_while_redis_is_away_nobodys_turn_comes() -> None:
    store = Store.open("redis://127.0.0.1:1/0")
    turn = Turn(store, "one", 1, ManualClock())
    assert not turn.take("m")
    turn.keep()
    turn.leave()
    store.close()
