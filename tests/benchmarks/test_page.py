from __future__ import annotations

from pathlib import Path

from benchmarks.__main__ import DATA, DOCS, PAGE
from benchmarks.figures import Chart, Figure, Findings, Goal, Grid, Scatter
from benchmarks.page import PLOTS, page, plot_names, plots
from benchmarks.results import Section, load, save

CHART = Chart(title="Bars", unit="ms", bars=(("one", 1.0),))
FINDINGS = Findings(
    figures=(
        Figure(name="added p50", value=4.5, unit="ms", goal=Goal.most(3.0)),
        Figure(name="a|b", value=1234.5),
    ),
    charts=(CHART,),
)
SECTION = Section(title="Overhead", meaning="What it means.\n", findings=FINDINGS, taken="2026-01-01 on a machine")
TWO = SECTION.model_copy(update={"findings": FINDINGS.model_copy(update={"charts": (CHART, CHART)}), "title": "Growth"})


def test_the_goals_come_first_with_what_was_measured_and_whether_it_is_met() -> None:
    text = page({"overhead": SECTION})
    row = "| [Overhead](#overhead) | added p50 | 4.5 ms | ≤ 3 | missed by 50 % |"
    assert text.index(row) < text.index("## Overhead")


def test_every_figure_stands_in_its_section_with_what_it_means_and_when_it_was_taken() -> None:
    text = page({"overhead": SECTION})
    assert "What it means." in text
    assert "| added p50 | 4.5 ms | ≤ 3: missed by 50 % |" in text
    assert "| a\\|b | 1,234 |  |" in text or "| a\\|b | 1,235 |  |" in text
    assert "Taken 2026-01-01 on a machine." in text
    assert '<a id="overhead"></a>' in text


def test_every_plot_that_the_page_shows_is_drawn() -> None:
    sections = {"overhead": SECTION, "growth": TWO}
    drawn = dict(plots(sections))
    assert list(drawn) == ["overhead.svg", "growth-1.svg", "growth-2.svg"]
    assert all(f"](plots/{file})" in page(sections) for file in drawn)
    assert all(drawing.startswith("<svg") for drawing in drawn.values())


def test_one_plot_needs_no_number() -> None:
    assert plot_names("overhead", SECTION) == ["overhead.svg"]


def test_the_page_in_docs_is_drawn_from_the_figures_beside_it() -> None:
    sections = load(DOCS / DATA)
    assert (DOCS / PAGE).read_text(encoding="utf-8") == page(sections), "run `python -m benchmarks --draw`"
    drawn = dict(plots(sections))
    assert {file.name for file in (DOCS / PLOTS).glob("*.svg")} == drawn.keys()
    assert all((DOCS / PLOTS / file).read_text(encoding="utf-8") == drawing for file, drawing in drawn.items())


def test_a_table_of_what_was_compared_stands_below_the_figures() -> None:
    table = Grid(title="All of them", columns=("", "misses"), rows=(("ours", "1 %"), ("a|b", "2 %")))
    told = page({"overhead": SECTION.model_copy(update={"findings": Findings(figures=(), grids=(table,))})})
    assert "**All of them**\n\n|  | misses |\n| --- | ---: |\n| ours | 1 % |\n| a\\|b | 2 % |\n" in told


def test_sentences_in_a_table_begin_at_its_left() -> None:
    table = Grid(
        title="All", columns=("", "misses", "why"), rows=(("ours", "1 %", "it was looked at twice, and by two"),)
    )
    told = page({"overhead": SECTION.model_copy(update={"findings": Findings(figures=(), grids=(table,))})})
    assert "| --- | ---: | --- |" in told


def test_points_are_drawn_as_points() -> None:
    plot = Scatter(title="Trade", across="x", up="y", points=(("one", 1.0, 2.0),))
    drawn = dict(plots({"trade": SECTION.model_copy(update={"findings": Findings(figures=(), charts=(plot,))})}))
    assert "<circle" in drawn["trade.svg"]


def test_findings_of_every_form_are_read_back_as_they_were(tmp_path: Path) -> None:
    plot = Scatter(title="Trade", across="x", up="y", points=(("one", 1.0, 2.0),))
    grid = Grid(title="All", columns=("", "a"), rows=(("one", "1"),))
    section = SECTION.model_copy(update={"findings": Findings(figures=(), charts=(CHART, plot), grids=(grid,))})
    save(tmp_path / "x.json", {"one": section})
    assert load(tmp_path / "x.json") == {"one": section}
