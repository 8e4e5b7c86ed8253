from __future__ import annotations

import pytest

from benchmarks.drain import findings, measure
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
