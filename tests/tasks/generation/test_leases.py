"""Leases of what is in a worker's hands."""

from __future__ import annotations

import pytest

from tasks.generation.leases import LONGEST_WAIT_S, RENEWALS_PER_LEASE, LeaseRenewer
from tasks.jobs.store import Store
from tests.tasks.generation.bench import Bench
from tests.tasks.jobs.flock import LONG_MS

SHORT_MS = 300


def lease_ms(bench: Bench, job: str) -> int:
    return int(bench.field(job, "lease_ms"))


def test_a_lease_is_renewed_for_as_long_as_the_work_lasts(bench):
    job = bench.submit()
    claim = bench.take(bench.desk.card, lease_ms=SHORT_MS)
    first_ms = lease_ms(bench, job)
    renewer = LeaseRenewer(bench.store, 4, SHORT_MS)
    renewer.start()
    with renewer.holding(claim.job, claim.fence) as hold:
        bench.eventually(lambda: lease_ms(bench, job) > first_ms + SHORT_MS, "a lease that outlasts the first")
        assert hold.word == "held"
    renewer.stop()


def test_what_is_no_longer_in_hand_is_no_longer_renewed(bench):
    job = bench.submit()
    claim = bench.take(bench.desk.card)
    with bench.renewer.holding(claim.job, claim.fence):
        bench.renewer.renew()
    before_ms = lease_ms(bench, job)
    bench.renewer.renew()
    assert lease_ms(bench, job) == before_ms


def test_every_job_hears_what_the_ledger_says_of_it(bench):
    kept, lost = bench.submit(), bench.submit()
    claims = [bench.take(bench.desk.card) for _ in range(2)]
    with (
        bench.renewer.holding(claims[0].job, claims[0].fence) as first,
        bench.renewer.holding(claims[1].job, claims[1].fence) as second,
    ):
        bench.withdraw(lost)
        bench.renewer.renew()
        assert {first.job: first.word, second.job: second.word} == {kept: "held", lost: "lost"}


def test_an_old_hold_that_ends_late_leaves_the_new_one_alone(bench):
    job = bench.submit()
    old = bench.take(bench.desk.card)
    first = bench.renewer.holding(job, old.fence)
    first.__enter__()
    bench.lapse(job)
    new = bench.take(bench.desk.card)
    with bench.renewer.holding(job, new.fence) as hold:
        first.__exit__(None, None, None)
        bench.withdraw(job)
        bench.renewer.renew()
        assert hold.word == "lost", "it is still being asked about"


def test_renewing_goes_on_when_redis_was_away(bench, free_port, caplog):
    nowhere = LeaseRenewer(Store.open(f"redis://127.0.0.1:{free_port()}/0"), 4, 30)
    nowhere.start()
    with nowhere.holding("j", 1) as hold:
        bench.eventually(lambda: caplog.text.count("leases not renewed") >= 2, "a second try")
        assert hold.word == "held"
    nowhere.stop()


@pytest.mark.parametrize(("lease_ms", "every_s"), [(1_500, 0.5), (15_000, LONGEST_WAIT_S), (LONG_MS, LONGEST_WAIT_S)])
def test_a_long_lease_is_looked_at_often_all_the_same(bench, lease_ms, every_s):
    """A withdrawal, or a person who waits, is heard of by renewing."""
    assert LeaseRenewer(bench.store, 4, lease_ms).every_s == every_s
    assert every_s <= lease_ms / 1000 / RENEWALS_PER_LEASE
