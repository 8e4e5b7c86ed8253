from __future__ import annotations

import pytest

from benchmarks.first_answer import findings, measure
from tests.benchmarks.quick import by_name, nobody


def test_the_goal_is_for_the_first_word() -> None:
    found = by_name(findings(11.0, 12.0))
    assert found["first word"].goal is not None
    assert found["first word"].goal.verdict(11.0) == "missed by 10 %"
    assert found["whole answer"].goal is None


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert 0 < found["first word"].value <= found["whole answer"].value
