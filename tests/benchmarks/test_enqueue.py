from __future__ import annotations

from benchmarks.enqueue import CELERY_ASKS, CELERY_SENDS, findings, measure, rates
from benchmarks.figures import Cost
from tests.benchmarks.quick import by_name, nobody


def test_rates_are_the_middle_of_the_rounds() -> None:
    assert rates([Cost(1.0, 0.5), Cost(2.0, 1.0), Cost(4.0, 0.1)], jobs=100) == Cost(50.0, 200.0)


def test_ours_is_held_against_the_quicker_way_of_plain_celery_where_the_disk_counts() -> None:
    rate = {"Rookery": Cost(2000.0, 9000.0), CELERY_SENDS: Cost(1000.0, 2000.0), CELERY_ASKS: Cost(500.0, 1000.0)}
    found = by_name(findings({"AOF always": rate, "AOF off": rate}))
    wall, spent = found["Rookery ÷ Celery, AOF always"], found["Rookery ÷ Celery, AOF always, CPU"]
    assert (wall.value, spent.value) == (2.0, 4.5)
    assert wall.goal is not None
    assert wall.goal.verdict(wall.value) == "missed by 33 %"
    assert found["Rookery ÷ Celery, AOF off"].goal is None


def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(figure.value > 0 for figure in found.values())
