from __future__ import annotations

import pytest

from benchmarks.third_host import measure
from tests.benchmarks.quick import by_name, nobody


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["three hosts ÷ two"].value > 0
