from __future__ import annotations

from bots.delivery.carrier import BACKOFF_CAP_S, BACKOFF_S, backoff_s


def test_each_failure_in_a_row_makes_the_wait_longer_up_to_a_bound():
    waits = [backoff_s(failures) for failures in (1, 3, 100)]
    assert BACKOFF_S / 2 <= waits[0] <= BACKOFF_S
    assert 2 * BACKOFF_S <= waits[1] <= 4 * BACKOFF_S
    assert BACKOFF_CAP_S / 2 <= waits[2] <= BACKOFF_CAP_S


def test_not_everybody_comes_again_at_the_same_moment():
    assert len({backoff_s(3) for _ in range(20)}) > 1
