from __future__ import annotations

import pytest

from tasks.training.canary.evidence import Tally, blocks, e_value


def test_nothing_says_nothing() -> None:
    assert e_value(Tally(0, 0), Tally(0, 0)) == 1.0
    assert Tally(0, 0).rate == 0.0


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.1, 0.5, 1.0])
def test_what_goes_wrong_as_often_speaks_for_the_canary(rate: float) -> None:
    assert e_value(Tally(int(200 * rate), 200), Tally(int(800 * rate), 800)) < 1


def test_more_of_the_same_is_surer() -> None:
    told = [e_value(Tally(3 * many, 10 * many), Tally(2 * many, 40 * many)) for many in (1, 2, 5, 10)]
    assert told == sorted(told)
    assert told[-1] > 10_000 > 10 > told[0]


def test_a_canary_that_is_better_is_never_held_against_it() -> None:
    assert e_value(Tally(0, 200), Tally(400, 800)) < 1e-6


def test_it_stays_a_number_however_sure_it_is() -> None:
    assert 1e300 < e_value(Tally(9_000, 10_000), Tally(10, 40_000)) < float("inf")


def test_only_whole_blocks_count() -> None:
    assert blocks([True] * 3, [False] * 7, 4) == (Tally(1, 1), Tally(0, 4))
    assert blocks([], [True], 1) == blocks([True], [], 1) == (Tally(0, 0), Tally(0, 0))
