from __future__ import annotations

import pytest

from workers.supervision.childstate import BACKOFF_CAP_S, HEALTHY_S, JITTER_SHARE, backoff_s, failures_after


@pytest.mark.parametrize(
    ("failures", "wait_s"),
    [(0, 0.0), (1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 16.0), (7, 30.0), (8, 30.0), (100_000, 30.0)],
)
def test_the_backoff_doubles_up_to_its_cap(failures: int, wait_s: float):
    assert backoff_s(failures, jitter=0.0) == wait_s


@pytest.mark.parametrize("failures", range(1, 12))
def test_chance_takes_a_share_off_the_backoff_and_adds_none(failures: int):
    whole = backoff_s(failures, jitter=0.0)
    assert backoff_s(failures, jitter=1.0) == pytest.approx(whole * (1 - JITTER_SHARE))
    assert backoff_s(failures, jitter=0.5) < whole <= BACKOFF_CAP_S


@pytest.mark.parametrize(
    ("failures", "healthy_s", "after"), [(0, 0.0, 1), (4, 0.0, 5), (4, HEALTHY_S - 0.1, 5), (4, HEALTHY_S, 1)]
)
def test_a_healthy_minute_makes_up_for_all_failures_before(failures: int, healthy_s: float, after: int):
    assert failures_after(failures, healthy_s) == after
