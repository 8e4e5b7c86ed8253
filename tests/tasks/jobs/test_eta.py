from __future__ import annotations

import pytest

from tasks.jobs import fleet_moves
from tasks.jobs.eta import Prospects, eta_s
from tests.tasks.jobs.flock import LONG_MS, MODEL, Flock


@pytest.mark.parametrize(
    ("prospects", "expected_s"),
    [
        (Prospects(ahead=0, busy=0, slots=4), None),  # no answer has ended yet
        (Prospects(ahead=0, busy=0, slots=0, pace_s=10.0), None),  # nobody holds it or loads it
        (Prospects(ahead=0, busy=0, slots=4, pace_s=10.0), 10.0),
        (Prospects(ahead=0, busy=3, slots=4, pace_s=10.0), 10.0),  # one slot is free
        (Prospects(ahead=0, busy=4, slots=4, pace_s=10.0), 12.5),
        (Prospects(ahead=8, busy=4, slots=4, pace_s=10.0), 32.5),
        (Prospects(ahead=0, busy=0, slots=0, pace_s=10.0, loading_slots=4), None),  # it was never loaded
        (Prospects(0, 0, 0, 10.0, loading_slots=4, loading_for_s=5.0, load_s=30.0), 35.0),
        (Prospects(0, 0, 0, 10.0, loading_slots=4, loading_for_s=50.0, load_s=30.0), 10.0),
        (Prospects(5, 0, 0, 10.0, loading_slots=2, loading_for_s=0.0, load_s=30.0), 60.0),
        (Prospects(0, 0, 2, 10.0, loading_slots=4, loading_for_s=0.0, load_s=30.0), 10.0),  # a copy more
    ],
)
def test_how_long_a_job_takes_goes_by_who_holds_its_model_and_who_loads_it(prospects, expected_s):
    assert eta_s(prospects) == expected_s


def test_a_job_that_waits_knows_its_place_and_how_long_it_takes(flock: Flock):
    host = flock.host("anvil", slots=1)
    jobs = [flock.submit() for _ in range(3)]
    assert flock.view(jobs[2]).eta_s is None
    flock.client.hset("rookery:pace", MODEL, 10_000)
    assert [(flock.view(job).ahead, flock.view(job).eta_s) for job in jobs] == [(0, 10), (1, 20), (2, 30)]
    claim = flock.take(host)
    assert (flock.view(claim.job).eta_s, flock.view(jobs[2]).eta_s) == (None, 30)
    flock.finish(claim)
    assert flock.view(claim.job).eta_s is None


def test_while_its_model_is_loaded_a_job_knows_how_long_that_takes(flock: Flock):
    host = flock.host("anvil", "other")
    job = flock.submit()
    flock.client.hset("rookery:pace", MODEL, 10_000)
    assert flock.view(job).eta_s is None
    flock.store.run(fleet_moves.claim_load("anvil", host.fence, MODEL, ttl_ms=LONG_MS, slots=2))
    flock.store.run(fleet_moves.load_done("anvil", host.fence, MODEL, ok=True, load_s=30, slots=2))
    flock.store.run(fleet_moves.unhold("anvil", host.fence, [MODEL]))
    flock.store.run(fleet_moves.claim_load("anvil", host.fence, MODEL, ttl_ms=LONG_MS, slots=2))
    assert flock.view(job).eta_s == pytest.approx(40, abs=2)


def test_the_status_tells_whose_turn_is_longest_ago_and_what_who_asks_now_would_wait(flock: Flock):
    host = flock.host("anvil", MODEL, "other")
    assert flock.store.run(fleet_moves.status()).longest_without_turn is None
    flock.submit(model="other")
    flock.submit(), flock.submit()
    flock.client.hset("rookery:pace", MODEL, 10_000)
    flock.client.zadd("rookery:turn", {"other": 1})
    seen = flock.store.run(fleet_moves.status())
    longest = seen.longest_without_turn
    assert longest is not None
    assert (longest.slug, longest.turn_ms, longest.eta_s) == ("other", 1, None)
    waits = {backlog.slug: (backlog.waiting, backlog.slots, backlog.eta_s) for backlog in seen.backlogs}
    assert waits == {"other": (1, 1, None), MODEL: (2, 1, 30.0)}
    flock.serve(host, model="other")
    assert [backlog.slug for backlog in flock.store.run(fleet_moves.status()).backlogs] == [MODEL]
