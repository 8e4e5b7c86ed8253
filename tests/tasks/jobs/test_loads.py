"""Loads are claimed in the ledger: one of a model in the whole fleet, and never the last copy of a victim."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tasks.jobs import fleet_moves
from tasks.jobs.demand import Holder
from tasks.jobs.fleet_values import FleetLook, Took
from tasks.jobs.store import Store
from tasks.jobs.values import Claim, Fenced, HostCard, Paused
from tests.tasks.jobs.flock import LONG_AGO_MS, LONG_MS, MODEL, Flock

BIG = "big"
TRIALS = 100


def claim_load(flock: Flock, host: HostCard, slug: str = BIG, **how: Any) -> Took:
    return flock.store.run(fleet_moves.claim_load(host.name, host.fence, slug, **{"ttl_ms": LONG_MS, **how}))


def load_done(flock: Flock, host: HostCard, slug: str = BIG, *, ok: bool = True) -> bool:
    return flock.store.run(fleet_moves.load_done(host.name, host.fence, slug, ok=ok, load_s=2.0, slots=4))


def beat(flock: Flock, host: HostCard, *holds: str) -> bool:
    return flock.store.run(fleet_moves.host_beat(host.name, host.fence, LONG_MS, "{}", holds))


def holders(flock: Flock, slug: str = BIG) -> tuple[Holder, ...]:
    """Return who holds or loads a model, as a host sees it."""
    watcher = flock.host("watcher", "none")
    seen = flock.store.run(fleet_moves.look(watcher, [slug]))
    assert isinstance(seen, FleetLook)
    return seen.residents[0].demand.holders


def dies(flock: Flock, host: HostCard) -> None:
    """Let the presence of a host have lapsed."""
    flock.client.zadd("rookery:hosts", {host.name: LONG_AGO_MS})


def test_a_load_makes_a_holder_and_jobs_are_claimed_there(flock: Flock):
    host = flock.host("anvil", "other")
    job = flock.submit(model=BIG)
    assert claim_load(flock, host, slots=2) is Took.OURS
    assert holders(flock) == (Holder("anvil", 2, False),)
    assert load_done(flock, host)
    assert holders(flock) == (Holder("anvil", 4, True),)
    assert flock.take(host, model=BIG).job == job


def test_while_one_host_loads_a_model_no_other_does(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")
    assert claim_load(flock, anvil) is Took.OURS
    assert claim_load(flock, bellows) is Took.TAKEN
    assert claim_load(flock, bellows, "small") is Took.OURS


def test_a_claim_whose_answer_got_lost_is_made_again(flock: Flock):
    host = flock.host("anvil", "other")
    assert [claim_load(flock, host, evict=["other"]) for _ in range(2)] == [Took.OURS] * 2
    assert flock.store.run(fleet_moves.stats()).total.swaps == 1


def test_who_judged_other_holders_than_there_are_looks_again(flock: Flock):
    anvil = flock.host("anvil", "other")
    flock.host("bellows", BIG)
    assert claim_load(flock, anvil) is Took.CHANGED
    assert claim_load(flock, anvil, expected_holders=["bellows", "smith"]) is Took.CHANGED
    assert claim_load(flock, anvil, expected_holders=["bellows"]) is Took.OURS


def test_after_a_load_that_failed_others_may_try(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")
    claim_load(flock, anvil)
    assert load_done(flock, anvil, ok=False)
    assert holders(flock) == ()
    assert claim_load(flock, bellows) is Took.OURS


def test_a_fenced_host_loads_nothing(flock: Flock):
    old, new = flock.host("anvil", "other"), flock.host("anvil", "other")
    assert claim_load(flock, old) is Took.FENCED
    assert not load_done(flock, old)
    assert not flock.store.run(fleet_moves.unhold("anvil", old.fence, ["other"]))
    assert claim_load(flock, new) is Took.OURS


def test_victims_are_held_no_more_from_the_claim_on(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.submit()
    assert claim_load(flock, host, evict=[MODEL]) is Took.OURS
    assert holders(flock, MODEL) == ()
    assert isinstance(flock.claim(host), Paused)
    beat(flock, host, MODEL)  # an agent that has not noticed yet
    assert holders(flock, MODEL) == ()


def test_what_was_to_go_for_a_load_that_failed_is_held_again(flock: Flock):
    host = flock.host("anvil", MODEL)
    job = flock.submit()
    claim_load(flock, host, evict=[MODEL])
    load_done(flock, host, ok=False)
    beat(flock, host, MODEL)
    assert flock.take(host).job == job


def test_a_model_given_up_is_held_again_when_its_host_says_so(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.submit()
    flock.store.run(fleet_moves.unhold("anvil", host.fence, [MODEL]))
    beat(flock, host, MODEL)
    assert isinstance(flock.claim(host), Paused)
    assert flock.store.run(fleet_moves.hold("anvil", host.fence, {MODEL: 4}))
    assert isinstance(flock.claim(host), Claim)


def test_a_victim_that_is_loaded_again_is_held_again(flock: Flock):
    host = flock.host("anvil", MODEL)
    claim_load(flock, host, evict=[MODEL])
    load_done(flock, host)
    assert claim_load(flock, host, MODEL, evict=[BIG]) is Took.OURS
    load_done(flock, host, MODEL)
    beat(flock, host, MODEL)
    assert (len(holders(flock, MODEL)), holders(flock)) == (1, ())


def test_a_last_copy_stays_where_only_copies_may_go(flock: Flock):
    anvil, bellows = flock.host("anvil", MODEL), flock.host("bellows", MODEL)
    assert claim_load(flock, anvil, evict=[MODEL], mode="copies") is Took.OURS
    assert claim_load(flock, bellows, "small", evict=[MODEL], mode="copies") is Took.CHANGED
    assert [holder.host for holder in holders(flock, MODEL)] == ["bellows"]


def test_what_is_in_use_or_waited_for_stays_where_only_idle_models_may_go(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.submit()
    assert claim_load(flock, host, evict=[MODEL], mode="idle") is Took.CHANGED, "somebody waits for it"
    taken = flock.take(host)
    assert claim_load(flock, host, evict=[MODEL], mode="idle") is Took.CHANGED, "it is answering"
    flock.finish(taken)
    assert claim_load(flock, host, evict=[MODEL], mode="idle") is Took.OURS


def test_the_load_of_a_host_that_died_is_anybodys(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")
    claim_load(flock, anvil)
    dies(flock, anvil)
    assert holders(flock) == ()
    assert claim_load(flock, bellows) is Took.OURS


def test_the_load_of_an_agent_that_was_replaced_is_anybodys(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")
    claim_load(flock, anvil)
    flock.host("anvil", "other")
    assert claim_load(flock, bellows) is Took.OURS


def test_a_claim_ends_by_itself_where_nobody_renews_it(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")
    claim_load(flock, anvil, ttl_ms=1)
    while flock.client.exists("rookery:loading:big"):
        pass
    assert claim_load(flock, bellows) is Took.OURS


def test_beats_renew_a_load_and_leave_the_loads_of_others(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")
    claim_load(flock, anvil, ttl_ms=5_000)
    beat(flock, anvil, "other")
    assert flock.client.pttl("rookery:loading:big") > 5_000
    flock.client.delete("rookery:loading:big")
    claim_load(flock, bellows, ttl_ms=5_000)
    beat(flock, anvil, "other")
    assert flock.client.pttl("rookery:loading:big") <= 5_000
    assert not flock.client.exists("rookery:loads:anvil")


def test_a_host_that_leaves_holds_and_loads_nothing(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.store.run(fleet_moves.may_hold("anvil", host.fence, [MODEL, BIG]))
    claim_load(flock, host)
    assert flock.accept(flock.request(model=BIG)).hosted
    assert flock.store.run(fleet_moves.host_leave("anvil", host.fence, []))
    assert (holders(flock), holders(flock, MODEL)) == ((), ())
    assert not flock.accept(flock.request(model=BIG)).hosted


def test_what_a_dead_host_said_of_itself_fades(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.store.run(fleet_moves.may_hold("anvil", host.fence, [MODEL, BIG]))
    flock.store.run(fleet_moves.trip("anvil", host.fence, BIG, LONG_MS))
    flock.submit()
    flock.serve(host)
    claim_load(flock, host, evict=[MODEL])
    beat(flock, host, "other")
    lasting = {name.split(":")[1] for name in flock.names() if "anvil" in name and flock.client.ttl(name) < 0}
    assert lasting == {"host", "tally"}


def test_what_a_former_agent_held_is_not_held_by_the_next(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.store.run(fleet_moves.may_hold("anvil", host.fence, [MODEL]))
    flock.store.run(fleet_moves.host_join("anvil", "machine of anvil", LONG_MS))
    assert holders(flock, MODEL) == ()


def test_one_host_keeps_its_next_load_for_a_model(flock: Flock):
    anvil, bellows = flock.host("anvil", "other"), flock.host("bellows", "other")

    def reserve(host: HostCard) -> bool:
        return flock.store.run(fleet_moves.reserve(host.name, host.fence, BIG, LONG_MS))

    assert [reserve(anvil), reserve(bellows), reserve(anvil)] == [True, False, True]
    assert not flock.store.run(fleet_moves.unreserve("bellows", bellows.fence, BIG))
    assert flock.store.run(fleet_moves.unreserve("anvil", anvil.fence, BIG))
    assert reserve(bellows)
    dies(flock, bellows)
    assert reserve(anvil)
    claim_load(flock, anvil)
    assert not flock.client.exists("rookery:reserved:big")
    assert not reserve(anvil), "it is being loaded"


def test_a_reservation_ends_when_it_would_have_however_often_it_is_asked_for(flock: Flock):
    host = flock.host("anvil", "other")
    flock.store.run(fleet_moves.reserve("anvil", host.fence, BIG, 60_000))
    flock.store.run(fleet_moves.reserve("anvil", host.fence, BIG, LONG_MS))
    assert flock.client.pttl("rookery:reserved:big") <= 60_000


def test_of_eight_hosts_that_want_one_model_at_once_exactly_one_loads_it(flock: Flock):
    hosts = [flock.host(f"host{number}", "other") for number in range(8)]

    def claim_all(store: Store, host: HostCard) -> list[Took]:
        return [
            store.run(fleet_moves.claim_load(host.name, host.fence, f"m{trial}", ttl_ms=LONG_MS))
            for trial in range(TRIALS)
        ]

    stores = [Store.open(flock.url) for _ in hosts]
    with ThreadPoolExecutor(8) as pool:
        went = list(pool.map(claim_all, stores, hosts))
    for store in stores:
        store.close()
    assert [Counter(each) for each in zip(*went, strict=True)] == [{Took.OURS: 1, Took.TAKEN: 7}] * TRIALS


def test_a_dead_claimant_is_succeeded_by_exactly_one(flock: Flock):
    hosts = [flock.host(f"host{number}", "other") for number in range(8)]
    dead = flock.host("dead", "other")
    for trial in range(20):
        slug = f"m{trial}"
        claim_load(flock, dead, slug)
        dies(flock, dead)
        move = [fleet_moves.claim_load(host.name, host.fence, slug, ttl_ms=LONG_MS) for host in hosts]
        with ThreadPoolExecutor(8) as pool:
            assert Counter(pool.map(flock.store.run, move)) == {Took.OURS: 1, Took.TAKEN: 7}
        dead = flock.host("dead", "other")


def test_of_hosts_that_give_up_copies_at_once_one_keeps_the_last(flock: Flock):
    hosts = [flock.host(f"host{number}", MODEL) for number in range(8)]
    for _ in range(10):
        moves = [
            fleet_moves.claim_load(
                host.name, host.fence, f"for-{host.name}", evict=[MODEL], mode="copies", ttl_ms=LONG_MS
            )
            for host in hosts
        ]
        with ThreadPoolExecutor(8) as pool:
            assert Counter(pool.map(flock.store.run, moves)) == {Took.OURS: 7, Took.CHANGED: 1}
        assert len(holders(flock, MODEL)) == 1
        for host in hosts:
            load_done(flock, host, f"for-{host.name}", ok=False)
            beat(flock, host, MODEL)


def test_nothing_breaks_when_redis_forgets_everything_in_between(flock: Flock):
    host = flock.host("anvil", MODEL)
    claim_load(flock, host, evict=[MODEL])
    flock.client.flushall()
    assert claim_load(flock, host) is Took.FENCED
    assert not load_done(flock, host)
    assert not beat(flock, host, MODEL)
    assert not flock.store.run(fleet_moves.may_hold("anvil", host.fence, [MODEL]))
    assert isinstance(flock.claim(host), Fenced)
    assert flock.store.run(fleet_moves.stats()).models == ()
    again = flock.host("anvil", MODEL)
    assert claim_load(flock, again) is Took.OURS
    flock.client.delete("rookery:loading:big", "rookery:loads:anvil", "rookery:serves:big")
    assert load_done(flock, again)
    assert holders(flock) == (Holder("anvil", 4, True),)


@pytest.mark.parametrize("slots", [{}, {"m": 3}])
def test_a_beat_tells_slots_or_leaves_them_at_one(flock: Flock, slots: dict[str, int]):
    host = flock.host("anvil", "other")
    flock.store.run(fleet_moves.host_beat("anvil", host.fence, LONG_MS, "{}", slots or ["m"]))
    assert holders(flock, "m") == (Holder("anvil", slots.get("m", 1), True),)


def test_a_claim_that_its_host_is_not_sure_of_is_taken_back_with_its_victims(flock: Flock):
    anvil, bellows = flock.host("anvil", MODEL), flock.host("bellows", "other")
    assert claim_load(flock, anvil, evict=[MODEL]) is Took.OURS
    for _ in range(2):  # also where nothing was claimed
        assert flock.store.run(fleet_moves.take_back("anvil", anvil.fence, BIG))
    beat(flock, anvil, MODEL)
    assert [each.host for each in holders(flock, MODEL)] == ["anvil"]
    assert claim_load(flock, bellows) is Took.OURS
    assert flock.store.run(fleet_moves.take_back("anvil", anvil.fence, BIG)), "what is another's stays so"
    assert [each.host for each in holders(flock)] == ["bellows"]


def test_a_host_that_was_silent_until_it_was_forgotten_takes_up_its_name_anew(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.client.zincrby("rookery:hosts", -LONG_MS - 3_500_000, "anvil")
    assert beat(flock, host, MODEL), "what it said is still known"
    flock.client.zincrby("rookery:hosts", -LONG_MS - 3_700_000, "anvil")
    assert not beat(flock, host, MODEL), "what it may hold has to be said again"


def test_what_is_let_go_after_its_host_has_left_leaves_nothing_for_ever(flock: Flock):
    host = flock.host("anvil", MODEL)
    job = flock.submit()
    flock.take(host)
    flock.store.run(fleet_moves.host_leave("anvil", host.fence, [MODEL]))
    flock.lapse(job)
    assert 0 < flock.client.ttl("rookery:used:anvil") <= 3_600
