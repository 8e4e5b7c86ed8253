from __future__ import annotations

import pytest

from benchmarks.web.clients import Heard
from benchmarks.web.streams import PACE_S, findings, measure
from tests.benchmarks.quick import by_name, nobody


def test_a_piece_is_as_late_as_it_comes_beyond_the_pace() -> None:
    told = [Heard([PACE_S, 2 * PACE_S, 3 * PACE_S + 0.5], True), Heard([PACE_S + 0.2, 2 * PACE_S], True), Heard()]
    found = by_name(findings(told, 70.0))
    assert found["the piece that was latest, late by"].value == pytest.approx(500.0)
    assert found["first words, beyond the pace, p50"].value == pytest.approx(100.0)
    assert found["part of them that came to their end"].value == pytest.approx(2 / 3)


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["part of them that came to their end"].value == 1
