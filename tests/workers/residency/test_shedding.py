from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tasks.jobs.values import Claim
from tests.tasks.jobs.flock import MODEL, Flock
from workers.residency.shedding import is_beyond_help, lacks_time, never

MS = 1000
CASES = [  # waited, left, usual; a second or more from every edge, since time goes on meanwhile
    (0.0, 120.0, 0.0),
    (119.0, 1.5, 0.0),
    (121.0, -1.0, 0.0),
    (60.0, 60.0, 20.0),
    (100.0, 20.0, 30.0),
    (110.0, 10.0, 30.0),
    (112.0, 8.0, 12.0),
    (115.0, 5.0, 12.0),
    (3.0, 8.0, 60.0),
    (12.0, 8.0, 60.0),
    (70.0, 50.0, 600.0),
    (50.0, 70.0, 600.0),
    (7_000.0, 7_400.0, 600.0),
    (14_380.0, 20.0, 600.0),
]


@pytest.fixture
def flock(redis_url: str) -> Iterator[Flock]:
    made = Flock(redis_url)
    yield made
    made.store.close()


def claim_sheds(flock: Flock, waited_s: float, left_s: float, usual_s: float) -> bool:
    """Return whether the ledger's claim sheds such a job."""
    host, job = flock.host(), flock.submit()
    if usual_s:
        flock.client.hset(flock.store.key("pace"), MODEL, int(usual_s * MS))
    seconds, micros = flock.client.time()
    now_ms = seconds * MS + micros // MS
    times: dict[str, Any] = {"queued_ms": now_ms - int(waited_s * MS), "deadline_ms": now_ms + int(left_s * MS)}
    flock.client.hset(flock.store.key("job", job), mapping=times)
    return not isinstance(flock.claim(host), Claim)


@pytest.mark.parametrize(("waited_s", "left_s", "usual_s"), CASES)
def test_the_claim_of_the_ledger_sheds_by_the_same_rule(
    flock: Flock, waited_s: float, left_s: float, usual_s: float
) -> None:
    assert claim_sheds(flock, waited_s, left_s, usual_s) == is_beyond_help(waited_s, left_s, usual_s)


def test_both_answers_are_among_the_cases() -> None:
    assert {is_beyond_help(*case) for case in CASES} == {True, False}


@pytest.mark.parametrize("case", CASES)
def test_the_stricter_rule_sheds_whoever_the_other_does(case: tuple[float, float, float]) -> None:
    assert lacks_time(*case) or not is_beyond_help(*case)
    assert is_beyond_help(*case) or not never(*case)


def test_a_start_is_never_refused_in_the_first_half_of_a_life() -> None:
    assert not lacks_time(59.0, 61.0, 10_000.0)
