from __future__ import annotations

import pytest

from tasks.contracts.errors import EngineStalled
from tasks.services import Patience
from workers.engines.watchdog import Watchdog

START_S = 100.0


def watch(total_s: float = 60.0, no_progress_s: float = 5.0, prefill_s: float = 10.0) -> Watchdog:
    return Watchdog(Patience(total_s, no_progress_s, prefill_s), START_S)


def test_the_first_token_may_take_as_long_as_the_prompt_needs() -> None:
    watchdog = watch()
    watchdog.check(START_S + 14.9)
    with pytest.raises(EngineStalled, match="no token for 15 s"):
        watchdog.check(START_S + 15)


def test_after_the_first_token_only_the_short_patience_counts() -> None:
    watchdog = watch()
    watchdog.progress(START_S + 12)
    watchdog.check(START_S + 16.9)
    with pytest.raises(EngineStalled, match="no token for 5 s"):
        watchdog.check(START_S + 17)


def test_progress_does_not_move_the_end() -> None:
    watchdog = watch(total_s=20)
    watchdog.progress(START_S + 19)
    assert watchdog.left_s(START_S + 19) == 1
    with pytest.raises(EngineStalled, match="within 20 s"):
        watchdog.check(START_S + 20)


def test_what_is_left_is_the_shorter_of_the_two() -> None:
    assert watch().left_s(START_S) == 15
    assert watch(total_s=3).left_s(START_S) == 3
