from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.contracts.canary import BASE, Served, is_tried, version_for

NOW, NEXT, OTHER = "20261122-aaaaaaaa", "20261123-bbbbbbbb", "20261124-cccccccc"
JOBS = [f"job-{number}" for number in range(1_000)]


def tried(served: Served) -> set[str]:
    return {job for job in JOBS if is_tried(served, job)}


def test_a_tenth_of_a_thousand_jobs_is_about_a_hundred() -> None:
    served = Served(serial=2, current=NOW, canary=NEXT, share=0.1)
    assert 70 <= len(tried(served)) <= 130
    assert {version_for(served, job) for job in tried(served)} == {NEXT}
    assert {version_for(served, job) for job in set(JOBS) - tried(served)} == {NOW}


def test_a_job_gets_the_same_however_often_it_is_asked_for() -> None:
    served = Served(serial=2, current=NOW, canary=NEXT, share=0.5)
    assert [version_for(served, job) for job in JOBS] == [version_for(served, job) for job in JOBS]


def test_a_larger_share_keeps_the_jobs_of_a_smaller_one() -> None:
    small, large = (Served(serial=2, current=NOW, canary=NEXT, share=share) for share in (0.1, 0.4))
    assert tried(small) < tried(large)


def test_another_canary_is_tried_on_other_jobs() -> None:
    one, two = (Served(serial=2, current=NOW, canary=canary, share=0.1) for canary in (NEXT, OTHER))
    assert len(tried(one) & tried(two)) < 40


@pytest.mark.parametrize(
    ("served", "many"),
    [
        (Served(), 0),
        (Served(serial=1, current=NOW, share=1.0), 0),
        (Served(serial=1, current=NOW, canary=NEXT, share=0.0), 0),
        (Served(serial=1, current=NOW, canary=NEXT, share=1.0), 1_000),
    ],
)
def test_without_a_canary_or_a_share_nothing_is_tried(served: Served, many: int) -> None:
    assert len(tried(served)) == many


def test_before_anything_was_trained_the_base_answers() -> None:
    assert version_for(Served(), "job-1") == BASE


@pytest.mark.parametrize("version", ["../../etc", "20261122-AB12CD34", "latest", "20261122-ab12cd34/.."])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(ValidationError):
        Served(serial=1, current=version)
