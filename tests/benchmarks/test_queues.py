from __future__ import annotations

import pytest

from benchmarks.environments import FOLDER, STAMP
from benchmarks.figures import Cost
from benchmarks.queues import PEERS, Trial, findings, measure, middle
from tests.benchmarks.quick import by_name, nobody

INSTALLED = all((FOLDER / peer / STAMP).exists() for peer in PEERS)


def test_the_middle_of_the_rounds_counts() -> None:
    trials = [Trial(1.0, Cost(5.0, 50.0), 9.0), Trial(2.0, Cost(4.0, 70.0), 8.0), Trial(9.0, Cost(6.0, 60.0), 1.0)]
    assert middle(trials) == Trial(2.0, Cost(5.0, 60.0), 8.0)


def test_ours_is_compared_with_plain_celery_and_the_best_comes_first() -> None:
    found = findings(
        {
            "Rookery": Trial(900.0, Cost(1000.0, 6000.0), 9.0),
            "celery": Trial(600.0, Cost(500.0, 1500.0), 6.0),
            "raw list": Trial(9000.0, Cost(5000.0, 9000.0), 1.0),
        }
    )
    named = by_name(found)
    assert named["worker: Rookery ÷ celery"].value == 1.5
    assert named["sender, CPU: Rookery ÷ celery"].value == 4.0
    worked, _, taken = found.charts
    assert [label for label, _ in worked.bars] == ["raw list", "Rookery", "celery"]
    assert [label for label, _ in taken.bars] == ["raw list", "celery", "Rookery"]


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="`make bench-peers` installs them")
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(figure.value > 0 for figure in found.values())
