"""Batch work as a host really sees it: it rides what is resident and forces no swap early."""

from __future__ import annotations

import pytest

from tasks.contracts.messages import JobClass
from tasks.jobs import fleet_moves
from tasks.jobs.fleet_values import FleetLook
from tests.tasks.jobs.flock import Flock
from workers.residency.policy import decide
from workers.residency.rules import Rules
from workers.residency.view import Candidate, Decision, HostView, Load, Resident, ResidentState

WAITED_MS = 100_000
RULES = Rules.for_deadline(120.0)


@pytest.fixture
def flock(redis_url: str) -> Flock:
    return Flock(redis_url)


def decision(flock: Flock, job_class: JobClass, deadline_s: float) -> Decision:
    """Return what a full host whose one model is in use does about a job that has waited for another."""
    host = flock.host("anvil", "used")
    flock.store.run(fleet_moves.may_hold("anvil", host.fence, ["used", "wanted"]))
    flock.submit(model="used")
    flock.take(host, model="used")
    for _ in range(3):
        job = flock.submit(model="wanted", job_class=job_class, deadline_s=deadline_s)
        now_ms = int(flock.field(job, "queued_ms") or 0)
        asks = f"{now_ms - WAITED_MS} {now_ms + int(deadline_s * 1000) - WAITED_MS}"
        flock.client.hset("rookery:asks:wanted", job, asks)
    seen = flock.store.run(fleet_moves.look(host, ["used"]))
    assert isinstance(seen, FleetLook)
    (held,), (demand,) = seen.residents, seen.candidates
    used = Resident("used", 8.0, 2.0, ResidentState.READY, held.busy, 600.0, 0.0, held.copies, demand=held.demand)
    view = HostView("anvil", 10.0, 2.0, (used,), (Candidate(demand, 8.0, 2.0),), loading=False)
    return decide(view, RULES)


def test_a_person_who_waited_long_takes_the_place_of_a_model_in_use(flock: Flock):
    made = decision(flock, JobClass.INTERACTIVE, 120.0)
    assert isinstance(made, Load)
    assert (made.slug, made.evict) == ("wanted", ("used",))


def test_batch_work_that_waited_as_long_does_not(flock: Flock):
    assert decision(flock, JobClass.BATCH, 36_000.0) is None


def test_batch_work_is_claimed_where_its_model_is_held(flock: Flock):
    host = flock.host("anvil", "used")
    job = flock.submit(model="used", job_class=JobClass.BATCH, deadline_s=36_000.0)
    assert flock.take(host, model="used").job == job
