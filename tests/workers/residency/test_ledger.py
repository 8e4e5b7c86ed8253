"""What a host asked of the ledger while Redis did not answer is taken back: it would be renewed for ever."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.errors import StoreUnavailable
from tasks.jobs import fleet_moves
from tasks.jobs.fleet_values import FleetLook, Took
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard, Move
from workers.residency.ledger import StoreLedger
from workers.residency.view import Mode

LONG_MS = 600_000


class Deaf(Store):
    """Makes moves whose answers get lost, as long as it is told to."""

    loses = ""

    def run(self, move: Move[Any]) -> Any:
        answer = super().run(move)
        if move.script == self.loses:
            raise StoreUnavailable("the answer was lost")
        return answer


@pytest.fixture
def store(redis_url):
    made = Deaf.open(redis_url)
    yield made
    made.close()


def join(store: Store, name: str, *holds: str) -> HostCard:
    fence, _ = store.run(fleet_moves.host_join(name, name, LONG_MS))
    store.run(fleet_moves.host_beat(name, fence, LONG_MS, "{}", holds))
    return HostCard(name=name, fence=fence, slots=1)


def holders(store: Store, watcher: HostCard, slug: str) -> list[tuple[str, bool]]:
    seen = store.run(fleet_moves.look(watcher, [slug]))
    assert isinstance(seen, FleetLook)
    return [(each.host, each.ready) for each in seen.residents[0].demand.holders]


def claim(ledger: StoreLedger) -> Took:
    return ledger.claim("big", ["small"], Mode.ANY, (), ttl_ms=LONG_MS, slots=1)


def test_a_claim_whose_answer_was_lost_keeps_nobody_from_loading(store):
    anvil, watcher = join(store, "anvil", "small"), join(store, "watcher")
    ledger = StoreLedger(store, anvil)
    store.loses = "claim_load"
    with pytest.raises(StoreUnavailable):
        claim(ledger)
    assert holders(store, watcher, "big") == [("anvil", False)], "Redis had heard it"
    store.loses = ""
    assert ledger.look(["small"]) is not None
    store.run(fleet_moves.host_beat("anvil", anvil.fence, LONG_MS, "{}", ["small"]))
    assert (holders(store, watcher, "big"), holders(store, watcher, "small")) == ([], [("anvil", True)])
    assert claim(ledger) is Took.OURS


def test_a_model_that_was_given_up_without_an_answer_is_held_on_to(store):
    anvil, watcher = join(store, "anvil", "small"), join(store, "watcher")
    ledger = StoreLedger(store, anvil)
    store.loses = "hold"
    with pytest.raises(StoreUnavailable):
        ledger.unhold("small", "nobody used it")
    assert holders(store, watcher, "small") == []
    ledger.look(["small"])
    store.run(fleet_moves.host_beat("anvil", anvil.fence, LONG_MS, "{}", ["small"]))
    assert holders(store, watcher, "small") == [("anvil", True)]


def test_what_is_not_sure_stays_so_until_the_host_counts_as_up_again(store):
    anvil, watcher = join(store, "anvil", "small"), join(store, "watcher")
    ledger = StoreLedger(store, anvil)
    store.loses = "claim_load"
    with pytest.raises(StoreUnavailable):
        claim(ledger)
    store.loses = ""
    store.client.zincrby(store.key("hosts"), -LONG_MS - 1_000, "anvil")  # beats were lost for a while
    assert ledger.look(["small"]) is None
    store.run(fleet_moves.host_beat("anvil", anvil.fence, LONG_MS, "{}", ["small"]))
    assert ledger.look(["small"]) is not None
    assert holders(store, watcher, "big") == []
