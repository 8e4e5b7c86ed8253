from __future__ import annotations

import pytest

from benchmarks.web.clients import Heard
from benchmarks.web.streams import findings, measure
from tests.benchmarks.quick import by_name, nobody


def test_a_piece_is_as_late_as_it_comes_beyond_a_second() -> None:
    found = by_name(findings([Heard([1.0, 2.0, 3.5], True), Heard([1.2, 2.1], True), Heard()], 70.0))
    assert found["the piece that was latest, late by"].value == pytest.approx(500.0)
    assert found["first words, beyond the first second, p50"].value == pytest.approx(100.0)
    assert found["part of them that came to their end"].value == pytest.approx(2 / 3)


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["part of them that came to their end"].value == 1
