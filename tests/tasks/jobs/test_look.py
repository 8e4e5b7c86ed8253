"""What a host sees of the fleet when it decides what to hold."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.messages import JobClass
from tasks.jobs import fleet_moves
from tasks.jobs.demand import Holder
from tasks.jobs.fleet_values import FleetLook
from tasks.jobs.values import Fenced, HostCard, Word
from tests.tasks.jobs.flock import LONG_MS, Flock
from tests.workers.household import until

MAY = ("demo", "big", "small")


def arrive(flock: Flock, name: str = "anvil", *holds: str, may: tuple[str, ...] = MAY, **card: Any) -> HostCard:
    """Have a host join that may hold some models and holds a few of them."""
    fence, _ = flock.store.run(fleet_moves.host_join(name, f"machine of {name}", LONG_MS))
    assert flock.store.run(fleet_moves.may_hold(name, fence, may))
    assert flock.store.run(fleet_moves.host_beat(name, fence, LONG_MS, "{}", dict.fromkeys(holds, 4)))
    return HostCard(name=name, fence=fence, **{"slots": 4, **card})


def look(flock: Flock, host: HostCard, *residents: str) -> FleetLook:
    seen = flock.store.run(fleet_moves.look(host, residents))
    assert isinstance(seen, FleetLook), seen
    return seen


def wanted(flock: Flock, host: HostCard, *residents: str) -> list[str]:
    return sorted(demand.slug for demand in look(flock, host, *residents).candidates)


def test_an_empty_fleet_shows_nothing(flock: Flock):
    seen = look(flock, arrive(flock))
    assert (seen.word, seen.version, seen.residents, seen.candidates) == (Word.RUN, "", (), ())


def test_a_host_that_is_fenced_sees_nothing(flock: Flock):
    old = arrive(flock)
    arrive(flock)
    assert isinstance(flock.store.run(fleet_moves.look(old, [])), Fenced)


def test_who_waits_for_a_model_that_nobody_holds_is_seen_with_age_and_time_left(flock: Flock):
    host = arrive(flock)
    first, _ = flock.submit(model="big", deadline_s=100.0), flock.submit(model="big", deadline_s=500.0)
    flock.client.zincrby("rookery:turn", -5_000, "big")
    flock.client.hset("rookery:pace", "big", 2_500)
    (demand,) = look(flock, host).candidates
    assert (demand.slug, demand.count, demand.service_s, demand.holders) == ("big", 2, 2.5, ())
    assert all(0 <= age < 5 for age in demand.ages_s)
    assert demand.ages_s[0] >= demand.ages_s[1]
    assert [round(left, -2) for left in demand.lefts_s] == [100, 500]
    assert 5 <= demand.turn_s < 10
    assert demand.stands_for == ()
    assert flock.view(first).ahead == 0


def test_what_a_host_may_not_hold_is_no_business_of_its(flock: Flock):
    host = arrive(flock, may=("small",))
    flock.submit(model="big")
    assert wanted(flock, host) == []


def test_what_a_host_may_hold_is_registered_anew(flock: Flock):
    host = arrive(flock, may=("big",))
    assert flock.accept(flock.request(model="big")).hosted
    flock.submit(model="small")
    assert flock.store.run(fleet_moves.may_hold("anvil", host.fence, ["small"]))
    assert wanted(flock, host) == ["small"]
    assert not flock.accept(flock.request(model="big")).hosted
    assert not flock.store.run(fleet_moves.may_hold("anvil", host.fence - 1, ["big"]))
    flock.client.zadd("rookery:hosts", {"anvil": 1})
    assert not flock.accept(flock.request(model="small")).hosted, "it is gone"


def test_what_it_holds_is_seen_with_who_waits_and_what_is_in_hand(flock: Flock):
    host = arrive(flock, "anvil", "demo", "small")
    flock.submit(), flock.submit()
    flock.take(host)
    demo, small = look(flock, host, "demo", "small").residents
    assert (demo.slug, demo.busy, demo.demand.count, demo.copies, demo.unused_s) == ("demo", 1, 1, 1, None)
    assert (small.slug, small.busy, small.demand.count, small.demand.ages_s, small.copies) == ("small", 0, 0, (), 1)
    assert look(flock, host, "demo", "small").candidates == ()


def test_how_long_a_model_was_not_used_is_seen(flock: Flock):
    host = arrive(flock, "anvil", "demo")
    flock.submit()
    flock.serve(host)
    flock.client.hincrby("rookery:used:anvil", "demo", -60_000)
    (held,) = look(flock, host, "demo").residents
    assert held.unused_s == pytest.approx(60, abs=5)


def test_holders_are_seen_with_their_slots_and_so_is_who_loads(flock: Flock):
    host, bellows = arrive(flock), arrive(flock, "bellows", "big")
    smith = arrive(flock, "smith")
    claim = fleet_moves.claim_load("smith", smith.fence, "big", expected_holders=["bellows"], ttl_ms=LONG_MS, slots=2)
    flock.store.run(claim)
    flock.submit(model="big")
    (demand,) = look(flock, host).candidates
    assert demand.holders == (Holder("bellows", 4, True), Holder("smith", 2, False))
    assert bellows.name not in wanted(flock, bellows, "big")


@pytest.mark.parametrize(
    ("job", "card", "seen"),
    [
        ({}, {}, True),
        ({"pin": "anvil"}, {}, True),
        ({"pin": "bellows"}, {}, False),
        ({"labels": ("eu",)}, {"labels": ("eu", "big")}, True),
        ({"labels": ("eu",)}, {}, False),
        ({"adapter": "pirate"}, {"adapters": ("pirate",)}, True),
        ({"adapter": "pirate"}, {}, False),
        ({"private": True}, {"cloud": True}, False),
        ({"private": False}, {"cloud": True}, False),
        ({"private": False, "allow_cloud": True}, {"cloud": True}, True),
        ({"private": False, "allow_cloud": True}, {}, True),
    ],
)
def test_jobs_that_only_others_may_serve_are_no_demand(
    flock: Flock, job: dict[str, Any], card: dict[str, Any], seen: bool
):
    host, _ = arrive(flock, **card), arrive(flock, "bellows", labels=("eu",))
    flock.submit(model="big", **job)
    assert (wanted(flock, host) == ["big"]) is seen


def test_a_job_is_no_demand_for_the_host_that_failed_it_while_another_holds_the_model(flock: Flock):
    anvil, bellows = arrive(flock, "anvil", "big"), arrive(flock, "bellows", "big")
    flock.submit(model="big")
    flock.give_back(flock.take(anvil, model="big"), not_on="anvil")
    assert [look(flock, host, "big").residents[0].demand.count for host in (anvil, bellows)] == [0, 1]
    flock.store.run(fleet_moves.unhold("bellows", bellows.fence, ["big"]))
    assert look(flock, anvil, "big").residents[0].demand.count == 1


def test_what_waits_beyond_the_look_counts_by_the_share_of_those_for_this_host(flock: Flock):
    host, _ = arrive(flock), arrive(flock, "bellows")
    for number in range(128):
        flock.submit(model="big", pin="bellows" if number % 2 else "")
    (demand,) = look(flock, host).candidates
    assert len(demand.ages_s) == 32
    assert demand.count == 64
    assert set(demand.stands_for) == {2.0}


def pile_up(flock: Flock, model: str, count: int) -> None:
    """Have people wait for a model, each a second longer than the next."""
    jobs = {f"{model}-{number}": number for number in range(count)}
    flock.client.zadd(f"rookery:room:{model}:people", jobs)
    flock.client.hset(f"rookery:asks:{model}", mapping={job: f"{at * 1000} 2000000" for job, at in jobs.items()})
    flock.client.zadd("rookery:models", {model: 1})


def test_a_look_spreads_over_all_who_wait_and_has_the_oldest(flock: Flock):
    host = arrive(flock)
    pile_up(flock, "big", 256)
    (demand,) = look(flock, host).candidates
    waited_s = [demand.ages_s[0] - age for age in demand.ages_s]
    assert [round(each) for each in waited_s] == [page * 32 + job for page in range(8) for job in range(8)]
    assert demand.count == 256
    assert demand.stands_for == (4.0,) * 64


def test_no_backlog_of_batch_work_hides_a_person(flock: Flock):
    host = arrive(flock)
    for _ in range(200):
        flock.submit(model="big", job_class=JobClass.BATCH, deadline_s=36_000.0)
    flock.submit(model="big", deadline_s=100.0)
    (demand,) = look(flock, host).candidates
    assert demand.count == 201
    assert demand.lefts_s[0] < 101
    assert all(left > 30_000 for left in demand.lefts_s[1:])
    assert demand.stands_for[0] == 1


def test_models_that_had_no_turn_for_longest_are_seen_however_many_wait(flock: Flock):
    models = tuple(f"m{number}" for number in range(60))
    host = arrive(flock, may=models)
    for model in models:
        flock.submit(model=model)
    flock.client.zadd("rookery:turn", {"m59": 1})
    seen = look(flock, host).candidates
    assert len(seen) == 32
    assert seen[0].slug == "m59"


def test_all_looks_together_are_bounded(flock: Flock):
    models = tuple(f"m{number}" for number in range(12))
    host = arrive(flock, may=models)
    for model in models:
        pile_up(flock, model, 65)
    assert sorted(len(demand.ages_s) for demand in look(flock, host).candidates) == [16] * 4 + [64] * 8


def test_a_host_sees_who_keeps_a_load_for_a_model(flock: Flock):
    host, bellows = arrive(flock), arrive(flock, "bellows")
    flock.submit(model="big")
    assert flock.store.run(fleet_moves.reserve("bellows", bellows.fence, "big", LONG_MS))
    assert look(flock, host).candidates[0].reserved_by == "bellows"


def test_nothing_is_seen_and_nothing_breaks_after_redis_forgot_everything(flock: Flock):
    host = arrive(flock, "anvil", "demo")
    flock.submit()
    flock.client.flushall()
    assert isinstance(flock.store.run(fleet_moves.look(host, ["demo"])), Fenced)
    again = arrive(flock, "anvil", "demo")
    assert look(flock, again, "demo").residents[0].demand.count == 0


CROWD = 20


def test_where_there_are_many_hosts_what_one_found_out_is_shown_to_the_others_for_a_moment(flock: Flock):
    first, second, *_ = [arrive(flock, f"host{number}", "demo") for number in range(CROWD)]
    flock.submit()
    assert look(flock, first, "demo").residents[0].demand.count == 1
    kept = flock.client.hget("rookery:glances", "demo")
    flock.client.hset("rookery:glances", "demo", f"9{kept}")  # a moment without an end
    flock.submit()
    assert look(flock, second, "demo").residents[0].demand.count == 1
    flock.client.hset("rookery:glances", "demo", f"0{kept[:5]}{kept[kept.index(' ') :]}")  # and one that is over
    seen = look(flock, second, "demo").residents[0].demand
    assert (seen.count, len(seen.ages_s), len(seen.holders)) == (2, 2, CROWD)


def test_who_begins_to_wait_for_a_model_that_nobody_holds_is_seen_at_once_by_every_host(flock: Flock):
    first, second, *_ = [arrive(flock, f"host{number}") for number in range(CROWD)]
    for waiting in (1, 2):
        flock.submit(model="big")
        assert [look(flock, host).candidates[0].count for host in (first, second)] == [waiting] * 2


def test_what_only_some_hosts_may_serve_is_found_out_by_each_for_itself(flock: Flock):
    first, second, *_ = [arrive(flock, f"host{number}") for number in range(CROWD)]
    flock.submit(model="big", pin="host1")
    assert [wanted(flock, host) for host in (first, second, first)] == [[], ["big"], []]
    cloud = arrive(flock, "cloud", cloud=True)
    flock.submit(model="small")
    assert [wanted(flock, host) for host in (first, cloud)] == [["small"], []]


def rewrites(flock: Flock) -> bool:
    said = flock.client.info("persistence")
    return bool(said["aof_rewrite_in_progress"] or said["aof_rewrite_scheduled"])


def test_what_is_shown_to_others_is_not_logged_on_disk(flock: Flock):
    first, *_ = [arrive(flock, f"host{number}", "demo") for number in range(CROWD)]
    flock.submit()
    was = flock.client.config_get("appendonly")["appendonly"]
    flock.client.config_set("appendonly", "yes")
    try:
        until(lambda: not rewrites(flock), "the log")
        before = flock.client.info("persistence")["aof_current_size"]
        look(flock, first, "demo")
        assert flock.client.hexists("rookery:glances", "demo")
        assert flock.client.info("persistence")["aof_current_size"] == before
    finally:
        flock.client.config_set("appendonly", was)
