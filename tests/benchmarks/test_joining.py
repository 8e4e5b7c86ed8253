from __future__ import annotations

import pytest

from benchmarks.joining import measure
from tests.benchmarks.quick import by_name, nobody


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["first job, slowest of all"].value > 0
    assert found["jobs disturbed"].value == 0
