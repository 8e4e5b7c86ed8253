from __future__ import annotations

import pytest

from benchmarks import drain
from benchmarks.drain import findings, measure
from tasks.contracts.errors import ProcessFailed
from tests.benchmarks.quick import by_name, nobody


def test_the_ratio_is_the_middle_of_the_ratios_of_each_round() -> None:
    rates = {"Rookery": [100.0, 50.0, 90.0], "raw list": [1000.0, 1000.0, 1000.0], "plain Celery": [100.0, 100.0, 60.0]}
    found = by_name(findings(rates))
    assert found["Rookery"].value == 90.0
    assert found["Rookery ÷ plain Celery"].value == 1.0
    assert found["Rookery ÷ raw list"].value == 0.09


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(found[name].value > 0 for name in ("Rookery", "raw list", "plain Celery"))


class Backlog:
    """A queue whose worker has done so much at each look."""

    def __init__(self, *lefts: int) -> None:
        self.lefts = list(lefts)

    def left(self) -> int:
        return self.lefts.pop(0)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The CPU seconds that the worker has used at each look."""
    seconds: list[float] = []
    monkeypatch.setattr(drain, "cpu_s", lambda _pid: seconds.pop(0))
    return seconds


def test_neither_the_start_nor_the_end_of_a_backlog_counts(worker: list[float]) -> None:
    worker += [5.0, 7.0]
    assert drain.rate_of(Backlog(1000, 880, 400, 40), 1, 1000) == (880 - 40) / 2.0


def test_of_a_backlog_that_is_gone_at_the_first_look_everything_counts(worker: list[float]) -> None:
    worker += [0.5, 0.5]
    assert drain.rate_of(Backlog(0, 0), 1, 100) == 200.0


def test_a_worker_that_does_not_get_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "DRAIN_S", 0.05)
    with pytest.raises(ProcessFailed, match="left 7 jobs"):
        drain.rate_of(Backlog(*[7] * 100), 1, 7)
