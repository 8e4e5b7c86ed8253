"""Writes docs/benchmarks.md from what has been measured: goals first, then each benchmark with its plots. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.figures import Chart, Figure, Grid, Scatter
from benchmarks.plots import shown, svg
from benchmarks.results import Section
from benchmarks.scatter import scatter_svg

PLOTS = "plots"  # beside the page
WORDS_CHARS = 30  # what is longer is a sentence and no figure, and begins where sentences do
OPENING = """\
# Benchmarks

What Rookery costs, measured by `make bench`, and beside other software by `make bench-peers`. Absolute times belong to
the machine; ratios are of one run, in which everything that is compared took turns. Where a figure has a goal, the goal
stands beside it, and whether it is met; a *moonshot* is what it would be good to reach one day.
"""


def page(sections: Mapping[str, Section]) -> str:
    """Return the page."""
    parts = [OPENING, goals(sections), *(section_of(name, section) for name, section in sections.items())]
    return "\n".join(parts)


def goals(sections: Mapping[str, Section]) -> str:
    """Return the table of every figure that is held against a goal."""
    rows = [
        f"| [{section.title}](#{name}) | {_plain(figure.name)} | {_with_unit(figure)} "
        f"| {figure.goal.words()} | {figure.goal.verdict(figure.value)} |"
        for name, section in sections.items()
        for figure in section.findings.figures
        if figure.goal is not None
    ]
    return "\n".join(["| benchmark | figure | measured | goal | |", "| --- | --- | ---: | --- | --- |", *rows, ""])


def section_of(name: str, section: Section) -> str:
    """Return one benchmark's part of the page."""
    rows = [
        f"| {_plain(figure.name)} | {_with_unit(figure)} | {_goal(figure)} |" for figure in section.findings.figures
    ]
    images = [
        f"![{_plain(chart.title)}]({PLOTS}/{file})"
        for file, chart in zip(plot_names(name, section), section.findings.charts, strict=True)
    ]
    return "\n".join(
        [
            f'<a id="{name}"></a>',
            f"## {section.title}",
            "",
            section.meaning.strip(),
            "",
            *(line for image in images for line in (image, "")),
            "| figure | measured | goal |",
            "| --- | ---: | --- |",
            *rows,
            "",
            *(line for grid in section.findings.grids for line in _table(grid)),
            f"Taken {section.taken}.",
            "",
        ]
    )


def plots(sections: Mapping[str, Section]) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each plot that the page shows."""
    for name, section in sections.items():
        for file, chart in zip(plot_names(name, section), section.findings.charts, strict=True):
            yield file, _drawing(chart)


def plot_names(name: str, section: Section) -> list[str]:
    """Return the file names of a section's plots."""
    count = len(section.findings.charts)
    return [f"{name}.svg" if count == 1 else f"{name}-{number}.svg" for number in range(1, count + 1)]


def _drawing(chart: Chart | Scatter) -> str:
    return svg(chart) if isinstance(chart, Chart) else scatter_svg(chart)


def _table(grid: Grid) -> list[str]:
    columns = [[row[at] for row in grid.rows] for at in range(1, len(grid.columns))]
    marks = ["---", *("---" if any(len(cell) > WORDS_CHARS for cell in column) else "---:" for column in columns)]
    lines = [grid.columns, marks, *grid.rows]
    return [f"**{grid.title}**", "", *(f"| {' | '.join(map(_plain, line))} |" for line in lines), ""]


def _with_unit(figure: Figure) -> str:
    return f"{shown(figure.value)} {figure.unit}".strip()


def _goal(figure: Figure) -> str:
    return f"{figure.goal.words()}: {figure.goal.verdict(figure.value)}" if figure.goal else ""


def _plain(text: str) -> str:
    return text.replace("|", "\\|")
