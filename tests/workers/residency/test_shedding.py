from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.contracts.jobs import JobClass
from tasks.jobs.values import Claim
from tests.tasks.jobs.clock import START_MS, held
from tests.tasks.jobs.flock import MODEL, Flock
from workers.residency.shedding import is_beyond_help, later, never

MS = 1000
HOUR_S = 3_600.0
CASES = [  # waited, left, usual, others
    (0.0, 120.0, 0.0, 1),
    (119.0, 1.5, 0.0, 1),  # it is unknown how long answers take
    (121.0, -1.0, 0.0, 1),
    (121.0, -1.0, 30.0, 0),
    (60.0, 60.0, 20.0, 1),
    (98.0, 22.0, 20.0, 1),
    (102.0, 18.0, 20.0, 1),
    (102.0, 18.0, 20.0, 0),
    (110.0, 10.0, 30.0, 3),
    (3.0, 8.0, 60.0, 1),  # answers take longer than a life
    (7.0, 4.0, 60.0, 1),
    (58.0, 62.0, 600.0, 1),
    (62.0, 58.0, 600.0, 1),
    (62.0, 58.0, 600.0, 0),
    (0.9 * HOUR_S, 1.1 * HOUR_S, 600.0, 1),  # lives of hours
    (4 * HOUR_S - 602.0, 602.0, 600.0, 1),
    (4 * HOUR_S - 598.0, 598.0, 600.0, 1),
    (4 * HOUR_S - 20.0, 20.0, 600.0, 0),
]


@pytest.fixture
def flock(redis_url: str) -> Iterator[Flock]:
    """A ledger whose time stands still: these are seconds from an edge."""
    made = Flock(redis_url)
    with held(made):
        yield made
    made.store.close()


def put(flock: Flock, job: str, waited_s: float, left_s: float) -> None:
    """Have a job wait for so long already, with so much time left."""
    times = {"queued_ms": START_MS - int(waited_s * MS), "deadline_ms": START_MS + int(left_s * MS)}
    flock.client.hset(flock.store.key("job", job), mapping=times)


def set_pace(flock: Flock, usual_s: float) -> None:
    if usual_s:
        flock.client.hset(flock.store.key("pace"), MODEL, int(usual_s * MS))


def is_shed(flock: Flock, job: str) -> bool:
    """Return whether the next claim sends this job away, rather than begin it."""
    claim = flock.claim(flock.host())
    return not isinstance(claim, Claim) or claim.job != job


@pytest.mark.parametrize(("waited_s", "left_s", "usual_s", "others"), CASES)
def test_the_claim_of_the_ledger_sheds_by_the_same_rule(
    flock: Flock, waited_s: float, left_s: float, usual_s: float, others: int
) -> None:
    job, *_ = [flock.submit(user=f"u{number}") for number in range(1 + others)]
    set_pace(flock, usual_s)
    put(flock, job, waited_s, left_s)
    assert is_shed(flock, job) == is_beyond_help(waited_s, left_s, usual_s, others)


def test_a_batch_is_shed_by_the_same_rule(flock: Flock) -> None:
    job, _ = (flock.submit(job_class=JobClass.BATCH, user=user) for user in ("ada", "bob"))
    set_pace(flock, 600.0)
    put(flock, job, 4 * HOUR_S, 590.0)
    assert is_shed(flock, job)


def test_who_comes_back_to_the_queue_has_waited_since_they_came(flock: Flock) -> None:
    job, host = flock.submit(), flock.host()
    put(flock, job, 61.0, 59.0)
    claim = flock.take(host)
    assert flock.give_back(claim) == "queued"
    flock.submit(user="bob")
    set_pace(flock, 600.0)
    assert is_shed(flock, job)


def test_both_answers_are_among_the_cases() -> None:
    assert {is_beyond_help(*case) for case in CASES} == {True, False}


@pytest.mark.parametrize("case", [case for case in CASES if case[-1]])
def test_the_milder_rules_shed_nobody_else(case: tuple[float, float, float, int]) -> None:
    assert is_beyond_help(*case) or not later(*case)
    assert later(*case) or not never(*case)


def test_a_start_is_never_refused_in_the_first_half_of_a_life() -> None:
    assert not is_beyond_help(59.0, 61.0, 10_000.0, 5)
