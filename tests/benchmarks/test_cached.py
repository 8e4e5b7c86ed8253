from __future__ import annotations

import pytest

from benchmarks.cached import QUICK_ASKED, measure
from tests.benchmarks.quick import by_name, nobody


@pytest.mark.slow
def test_what_was_answered_before_is_answered_without_the_engine() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["given again without the engine"].value == QUICK_ASKED
    assert all(figure.value > 0 for figure in found.values())
