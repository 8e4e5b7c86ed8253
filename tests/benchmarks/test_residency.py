from __future__ import annotations

from dataclasses import fields, replace

import pytest

from benchmarks import residency, residency_full
from benchmarks.figures import Findings
from benchmarks.residency import COLUMNS, HOUR_S, grid, longest_gap_s, measured, row, trade
from benchmarks.simulator import runs
from benchmarks.simulator.contenders import CHOICES, CONTENDERS, EXHAUSTIVE, OURS, PULLING
from benchmarks.simulator.outcome import Outcome, mean
from benchmarks.simulator.runs import Case
from tests.benchmarks.quick import by_name, nobody

CASE = Case("smallbox", 1.3, 100, 2)
SEEN = replace(Outcome(*(1.0 for _ in fields(Outcome))), requests=1_000.0, missed=0.05, worst=0.5, loads=38.0)
FOUND = {(CASE, name): SEEN for name in (*CONTENDERS, *CHOICES)}


def test_every_contender_has_a_row_with_all_columns() -> None:
    made = grid(CASE, FOUND)
    assert [cells[0] for cells in made.rows] == list(CONTENDERS)
    assert {len(cells) for cells in made.rows} == {len(COLUMNS)}
    assert made.title == "smallbox 1.3: 2 runs of 100 requests"
    assert row(SEEN)[:2] == ("5.00%", "50.0%")
    assert SEEN.loads_per_1000 == 40.0


def test_the_plot_shows_hosts_that_pull_and_what_the_settings_could_choose() -> None:
    assert [point[0] for point in trade(CASE, FOUND).points] == [*PULLING, *CHOICES]
    contended = {pair: seen for pair, seen in FOUND.items() if pair[1] in CONTENDERS}
    assert [point[0] for point in trade(CASE, contended).points] == list(PULLING)


def test_several_runs_are_shown_by_their_mean() -> None:
    assert mean([SEEN, replace(SEEN, missed=0.15)]).missed == pytest.approx(0.10)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Findings:
    """What is found where ours misses half as many as the others, in three cases."""
    halves = replace(SEEN, missed=0.025, worst=0.25, loads=19.0, gap_s=100.0, forced=0.03, longest_answer_s=20.0)
    monkeypatch.setattr(residency, "DECISIONS", 5)
    monkeypatch.setattr(
        residency, "outcomes", lambda pairs, _seed, _tell: {pair: halves if OURS in pair[1] else SEEN for pair in pairs}
    )
    storm = Case("smallbox", 0.9, 100, 1, storm=True, deadline_s=HOUR_S)
    return measured(nobody, [CASE, Case("seed2mac", 0.45, 100, 1), storm])


def test_figures_are_held_against_those_of_the_same_case(found: Findings) -> None:
    figures = by_name(found)
    assert figures["smallbox 1.3: misses ÷ exhaustive"].value == 0.5
    assert figures["smallbox 1.3: loads ÷ exhaustive"].value == 0.5
    assert figures["smallbox 1.3: swaps forced"].value == 3.0
    assert figures["smallbox storm, patient: makespan ÷ bound"].value == 1.0
    assert figures["smallbox 1.3: longest wait for a turn ÷ bound"].value == pytest.approx(100 / longest_gap_s(20.0))
    assert figures["a decision among 100 models, p99"].value > 0


def test_the_stated_bound_is_that_of_the_page_on_residency() -> None:
    assert longest_gap_s(20.0) == pytest.approx(240 + 5 * (0.5 + 30 + 20 + 2 * (1.5 + 14 / 2.5)))


def test_the_long_one_has_every_scenario_steady_and_in_a_storm() -> None:
    names = {case.name for case in residency_full.CASES}
    assert {"seed2mac 0.45", "smallbox 1.3", "fleet20 1.1", "fleet200 0.5", "smallbox storm"} <= names
    assert {case.scenario for case in residency.CASES} == {"seed2mac", "smallbox", "fleet20"}


def test_a_run_is_of_its_case_and_contender() -> None:
    seen = runs.outcome_of(runs.Run(Case("smallbox", 0.9, 60, 1), EXHAUSTIVE, seed=5))
    assert (seen.requests, seen.unanswered) == (60, 0)
    storm = runs.outcome_of(runs.Run(Case("smallbox", 0.9, 60, 1, storm=True), EXHAUSTIVE, seed=5))
    assert storm.requests == 12


@pytest.mark.slow
def test_it_runs() -> None:
    assert len(residency.measure(nobody, quick=True).grids) == len(residency.QUICK)
