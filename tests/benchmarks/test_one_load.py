from __future__ import annotations

import pytest

from benchmarks.one_load import measure
from tests.benchmarks.quick import by_name, nobody


@pytest.mark.slow
def test_it_runs() -> None:
    assert by_name(measure(nobody, quick=True))["most loads for one question"].value >= 1
