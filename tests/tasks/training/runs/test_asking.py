"""Whoever looks at a run looks on while Redis is away for a moment."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.contracts.errors import ProcessFailed, StoreUnavailable
from tasks.contracts.learning import Course
from tasks.training.runs import asking, folder
from tasks.training.runs.record import Ended
from tests.tasks.training.runs.paces import RUN, spec


class Steps:
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s

    def sleep(self, _seconds: float) -> None:
        self.now_s += 1.0


def _away() -> bool:
    raise StoreUnavailable("Redis did not answer")


def test_while_redis_is_away_for_a_moment_the_looking_goes_on(tmp_path: Path) -> None:
    folder.create(tmp_path, spec())
    settings: Any = SimpleNamespace(training_dir=tmp_path)
    looks = asking.follow(settings, RUN, _away, Steps())
    assert [next(looks).words for _ in range(2)] == ["waits for its turn"] * 2
    folder.end(folder.find(tmp_path, RUN), Ended(course=Course.PROMOTED, words="done", at_ms=1))
    assert [look.words for look in looks] == ["done"]


def test_where_it_stays_away_it_is_told_that_the_run_is_not_lost(tmp_path: Path) -> None:
    folder.create(tmp_path, spec())
    settings: Any = SimpleNamespace(training_dir=tmp_path)
    with pytest.raises(ProcessFailed, match="is not lost"):
        list(asking.follow(settings, RUN, _away, Steps()))
