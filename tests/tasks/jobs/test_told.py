"""What a host is told to do, and what breakers keep from it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tasks.contracts.messages import JobClass
from tasks.jobs import fleet_moves, moves
from tasks.jobs.fleet_values import FleetLook, Took, Tripped
from tasks.jobs.values import Claim, Fenced, HostCard, Paused, Word
from tests.tasks.jobs.flock import LONG_AGO_MS, LONG_MS, MODEL, Flock


def tell(flock: Flock, word: Word | None, host: str = "anvil") -> Word | None:
    return flock.store.run(fleet_moves.control(host, word))


def trip(flock: Flock, host: HostCard, kind: Tripped = Tripped.OPEN) -> None:
    assert flock.store.run(fleet_moves.trip(host.name, host.fence, MODEL, LONG_MS, kind))


def mend(flock: Flock, host: HostCard) -> None:
    assert flock.store.run(fleet_moves.mend(host.name, host.fence, MODEL))


def beat(flock: Flock, host: HostCard) -> None:
    assert flock.store.run(fleet_moves.host_beat(host.name, host.fence, LONG_MS, "{}", [MODEL]))


def copies(flock: Flock, host: HostCard) -> int:
    seen = flock.store.run(fleet_moves.look(host, [MODEL]))
    assert isinstance(seen, FleetLook)
    return seen.residents[0].copies


def test_a_host_runs_until_it_is_told_otherwise(flock: Flock):
    flock.host()
    assert tell(flock, None) is Word.RUN
    assert tell(flock, Word.PAUSE) is Word.PAUSE
    assert tell(flock, None) is Word.PAUSE
    assert flock.store.run(fleet_moves.status()).hosts[0].word is Word.PAUSE


def test_a_host_that_never_was_cannot_be_told_anything(flock: Flock):
    assert tell(flock, Word.PAUSE, "nobody") is None
    assert flock.names() == set()


@pytest.mark.parametrize("word", [Word.PAUSE, Word.DRAIN])
def test_a_host_that_is_to_rest_claims_nothing_new_finishes_what_it_holds_and_stays_in_sight(flock: Flock, word: Word):
    host = flock.host()
    flock.submit(), flock.submit()
    claim = flock.take(host)
    tell(flock, word)
    assert isinstance(flock.claim(host), Paused)
    assert flock.store.run(fleet_moves.claim_load("anvil", host.fence, "big", ttl_ms=LONG_MS)) is Took.CHANGED
    assert flock.store.run(moves.renew(4, [(claim.job, claim.fence)])) == ["held"]
    assert flock.finish(claim)
    assert flock.store.run(fleet_moves.status()).hosts[0].live
    tell(flock, Word.RUN)
    assert isinstance(flock.claim(host), Claim)


def test_an_agent_sees_what_it_is_told(flock: Flock):
    host = flock.host()
    tell(flock, Word.DRAIN)
    seen = flock.store.run(fleet_moves.look(host, []))
    assert isinstance(seen, FleetLook)
    assert seen.word is Word.DRAIN


def test_a_pause_outlives_the_agent_and_a_drain_ends_with_it(flock: Flock):
    flock.host()
    tell(flock, Word.PAUSE)
    flock.host()
    assert tell(flock, None) is Word.PAUSE
    tell(flock, Word.DRAIN)
    flock.host()
    assert tell(flock, None) is Word.RUN


def heard(flock: Flock, act: Callable[[], object]) -> list[str]:
    """Return what is published on `demand` while `act` is done."""
    with flock.client.pubsub() as ear:
        ear.subscribe("rookery:demand")
        assert ear.get_message(timeout=5)
        act()
        flock.client.publish("rookery:demand", "end")
        words = []
        while (words[-1:] or [""])[0] != "end":
            words += [said["data"] for said in [ear.get_message(timeout=5)] if said]
        return words[:-1]


def test_agents_hear_at_once_of_a_job_for_a_model_that_nobody_holds(flock: Flock):
    flock.host("anvil", "other")
    assert heard(flock, flock.submit) == [f"model {MODEL}"]
    flock.host("anvil", MODEL)
    assert heard(flock, flock.submit) == []


def test_agents_hear_at_once_that_a_load_failed_or_a_breaker_opened(flock: Flock):
    host = flock.host("anvil", MODEL)
    flock.submit()
    flock.store.run(fleet_moves.claim_load("anvil", host.fence, MODEL, expected_holders=["anvil"], ttl_ms=LONG_MS))
    failed = fleet_moves.load_done("anvil", host.fence, MODEL, ok=False)
    assert heard(flock, lambda: flock.store.run(failed)) == [f"model {MODEL}"]
    assert heard(flock, lambda: trip(flock, host)) == [f"model {MODEL}"]


def test_a_host_hears_at_once_that_it_is_told_something(flock: Flock):
    flock.host()
    assert heard(flock, lambda: tell(flock, Word.PAUSE)) == ["host anvil"]
    assert heard(flock, lambda: tell(flock, None)) == []


def test_a_host_whose_breaker_is_open_is_given_no_job_and_is_no_holder(flock: Flock):
    host = flock.host()
    flock.submit()
    trip(flock, host)
    beat(flock, host)
    assert (flock.claim(host), copies(flock, host)) == (None, 0)
    mend(flock, host)
    beat(flock, host)
    assert copies(flock, host) == 1
    assert isinstance(flock.claim(host), Claim)


def test_a_breaker_concerns_one_model_on_one_host(flock: Flock):
    anvil, bellows = flock.host("anvil", MODEL, "other"), flock.host("bellows")
    trip(flock, anvil)
    flock.submit(), flock.submit(model="other")
    assert flock.take(anvil, model="other")
    assert flock.take(bellows)


@pytest.mark.parametrize("is_over", [False, True])
def test_on_probation_and_after_a_breakers_time_one_job_at_a_time_is_given(flock: Flock, is_over: bool):
    host = flock.host()
    flock.submit(), flock.submit()
    trip(flock, host, Tripped.OPEN if is_over else Tripped.PROBATION)
    if is_over:
        flock.client.hset("rookery:open:anvil", MODEL, LONG_AGO_MS)
    beat(flock, host)
    assert copies(flock, host) == 1
    claim = flock.take(host)
    assert flock.claim(host) is None
    flock.finish(claim)
    assert flock.take(host)
    mend(flock, host)
    flock.submit()
    assert flock.take(host)


def test_a_model_whose_breaker_is_open_here_is_no_candidate_for_this_host(flock: Flock):
    host = flock.host("anvil", "other")
    flock.store.run(fleet_moves.may_hold("anvil", host.fence, [MODEL]))
    flock.submit()

    def candidates() -> list[str]:
        seen = flock.store.run(fleet_moves.look(host, ["other"]))
        assert isinstance(seen, FleetLook)
        return [demand.slug for demand in seen.candidates]

    assert candidates() == [MODEL]
    trip(flock, host)
    assert candidates() == []
    flock.client.hset("rookery:open:anvil", MODEL, LONG_AGO_MS)
    assert candidates() == [MODEL]


def test_a_fenced_agent_trips_and_mends_nothing_and_a_new_one_starts_well(flock: Flock):
    old = flock.host()
    trip(flock, old)
    new = flock.host()
    assert not flock.store.run(fleet_moves.trip("anvil", old.fence, MODEL, LONG_MS))
    assert not flock.store.run(fleet_moves.mend("anvil", old.fence, MODEL))
    flock.submit()
    assert isinstance(flock.claim(old), Fenced)
    assert isinstance(flock.claim(new), Claim)


def test_of_many_workers_one_gets_a_job_on_probation(flock: Flock):
    host = flock.host(slots=8)
    for _ in range(8):
        flock.submit()
    trip(flock, host, Tripped.PROBATION)
    got: list[Claim | Fenced | None] = []
    workers = [threading.Thread(target=lambda: got.append(flock.claim(host))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(isinstance(claim, Claim) for claim in got) == 1


def test_batch_holds_a_quarter_of_a_models_slots_on_all_hosts_together(flock: Flock):
    hosts = [flock.host(f"host{number}", slots=1) for number in range(8)]
    for _ in range(4):
        flock.submit(job_class=JobClass.BATCH)
    claims = [flock.claim(host) for host in hosts]
    taken = [claim for claim in claims if isinstance(claim, Claim)]
    assert len(taken) == 2
    flock.finish(taken[0])
    assert isinstance(flock.claim(hosts[7]), Claim)
    assert flock.claim(hosts[6]) is None
    flock.submit()
    assert isinstance(flock.claim(hosts[6]), Claim), "people have the rest"
