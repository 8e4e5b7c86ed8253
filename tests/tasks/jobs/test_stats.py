"""What the ledger has counted, by model and by host."""

from __future__ import annotations

import pytest

from tasks.contracts.messages import Usage
from tasks.jobs import fleet_moves, moves
from tasks.jobs.fleet_values import FleetStats, Tally
from tasks.jobs.values import HostCard
from tests.tasks.jobs.flock import LONG_MS, Flock


def stats(flock: Flock) -> FleetStats:
    return flock.store.run(fleet_moves.stats())


def load(
    flock: Flock, host: HostCard, slug: str, *evict: str, ok: bool = True, load_s: float = 0, gib: float = 0
) -> None:
    """Have a host load a model in the place of others."""
    flock.store.run(fleet_moves.claim_load(host.name, host.fence, slug, evict=evict, ttl_ms=LONG_MS))
    whole_s = load_s + 0.5  # what had to go takes its time
    flock.store.run(
        fleet_moves.load_done(host.name, host.fence, slug, ok=ok, load_s=load_s, whole_s=whole_s, size_gib=gib, slots=4)
    )


def answer(flock: Flock, host: HostCard, model: str, prompt: int, completion: int) -> None:
    claim = flock.take(host, model=model)
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
    assert flock.store.run(moves.finish(claim, "hi", {"answered_by": model}, usage))


def test_before_anything_happened_there_is_nothing_to_tell(flock: Flock):
    seen = stats(flock)
    assert (seen.total, seen.models, seen.hosts) == (Tally(), (), ())
    assert (seen.total.hit_rate, seen.total.load_s, seen.total.forced_share) == (None, None, None)


def test_a_scripted_run_gives_exact_numbers(flock: Flock):
    anvil, bellows = flock.host("anvil", "none"), flock.host("bellows", "none")
    flock.submit(model="a")  # nobody has it: no hit
    load(flock, anvil, "a", load_s=2.5, gib=4)
    flock.submit(model="a"), flock.submit(model="a")  # two hits
    answer(flock, anvil, "a", 10, 3)
    load(flock, anvil, "b", "a", load_s=1.5, gib=2)  # others still wait for a: forced
    load(flock, bellows, "a", load_s=3.5, gib=4)
    answer(flock, bellows, "a", 20, 5)
    answer(flock, bellows, "a", 30, 7)
    load(flock, bellows, "c", "a", load_s=1, gib=1)  # nobody waits for a any more
    load(flock, bellows, "d", ok=False)
    flock.submit(model="c")
    seen = stats(flock)
    assert seen.by_place["a", ""] == Tally(submitted=3, hits=2)
    assert seen.by_place["a", "anvil"] == Tally(
        served=1, prompt_tokens=10, completion_tokens=3, loads=1, load_ms=2500, load_mib=4096, unloads=1
    )
    assert seen.by_place["b", "anvil"] == Tally(
        loads=1, load_ms=1500, load_mib=2048, swaps=1, swapped=1, swap_ms=2000, forced=1
    )
    assert seen.host("bellows") == Tally(
        served=2,
        prompt_tokens=50,
        completion_tokens=12,
        loads=2,
        failed_loads=1,
        load_ms=4500,
        load_mib=5120,
        unloads=1,
        swaps=1,
        swapped=1,
        swap_ms=1500,
    )
    assert seen.model("a") == Tally(
        submitted=3,
        hits=2,
        served=3,
        prompt_tokens=60,
        completion_tokens=15,
        loads=2,
        load_ms=6000,
        load_mib=8192,
        unloads=2,
    )
    assert (seen.models, seen.hosts) == (("a", "b", "c", "d"), ("anvil", "bellows"))
    total = seen.total
    assert (total.hit_rate, total.load_s, total.forced_share) == (0.75, 8.5 / 4, 0.5)
    assert (total.swap_s, seen.model("b").swap_s, seen.model("a").swap_s) == (1.75, 2.0, None)
    told = seen.public()
    assert (told["total"]["hit_rate"], told["hosts"]["anvil"]["load_s"]) == (0.75, 2.0)
    assert {slug: counts["completion_tokens"] for slug, counts in told["models"].items()} == {
        "a": 15,
        "b": 0,
        "c": 0,
        "d": 0,
    }


def test_a_repeated_event_is_counted_once(flock: Flock):
    flock.host()
    request = flock.request()
    flock.accept(request), flock.accept(request)
    assert stats(flock).total == Tally(submitted=1, hits=1)


@pytest.mark.parametrize("noticed_by", ["claim", "sweep"])
def test_what_was_never_begun_in_time_was_shed(flock: Flock, noticed_by: str):
    host, job = flock.host(), flock.submit()
    flock.past(job, "deadline_ms")
    flock.claim(host) if noticed_by == "claim" else flock.sweep()
    assert stats(flock).total == Tally(submitted=1, hits=1, shed=1)


@pytest.mark.parametrize("noticed_by", ["finish", "sweep"])
def test_what_was_begun_and_not_done_in_time_was_late(flock: Flock, noticed_by: str):
    host, job = flock.host(), flock.submit()
    claim = flock.take(host)
    flock.past(job, "deadline_ms")
    flock.finish(claim) if noticed_by == "finish" else flock.sweep()
    assert stats(flock).host("anvil") == Tally(late=1)


def test_what_came_to_nothing_is_counted_where_it_did(flock: Flock):
    host = flock.host()
    flock.submit()
    flock.give_back(flock.take(host), "rejected")
    assert stats(flock).by_place["demo", "anvil"] == Tally(failed=1)


def test_what_is_withdrawn_counts_as_nothing(flock: Flock):
    flock.host()
    flock.withdraw(flock.submit())
    assert stats(flock).total == Tally(submitted=1, hits=1)
