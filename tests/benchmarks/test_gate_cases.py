from __future__ import annotations

from benchmarks.gate.cases import CASES
from benchmarks.gate_cases import FEWEST_CASES, QUICK_CASES, measure
from tests.benchmarks.quick import by_name, nobody


def test_there_are_enough_cases_and_each_has_its_own_name() -> None:
    assert len(CASES) >= FEWEST_CASES
    assert len({case.title for case in CASES}) == len(CASES)


def test_it_runs() -> None:
    found = measure(nobody, quick=True)
    assert by_name(found)[f"Decided right, of {QUICK_CASES}"].value == QUICK_CASES
    assert all(row[2] == "yes" for row in found.grids[0].rows)
