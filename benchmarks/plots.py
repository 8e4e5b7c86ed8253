"""Draws bars as SVG by hand: no library, readable in light and in dark, and a diff that can be read too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from benchmarks.figures import Chart
from tasks.contracts.shortening import shortened

WIDTH, LABELS, VALUES, EDGE = 720, 250, 90, 10
ROOM = WIDTH - LABELS - VALUES  # for the bars
TOP, ROW, BAR, FOOT = 44, 30, 18, 8
LONGEST_LABEL = 34
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.ours { fill: #2f6f4f } .other { fill: #9aa4ae } .goal { fill: #d1672e }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .ours { fill: #56b88a } .other { fill: #6e7a86 } .goal { fill: #f0945d }
}
""".strip()
OURS = "Rookery"
LEGEND = f'<rect class="goal" x="{WIDTH - 48}" y="9" width="3" height="16"/><text x="{WIDTH - 38}" y="22">goal</text>'


def svg(chart: Chart) -> str:
    """Return the chart: one horizontal bar for each value, ours in colour where others stand beside it."""
    height = TOP + ROW * len(chart.bars) + FOOT
    longest = max((*(value for _, value in chart.bars), *chart.goals.values()), default=0.0)
    compared = any(OURS in label for label, _ in chart.bars)
    rows = [
        _row(TOP + ROW * number, label, value, longest, ours=OURS in label or not compared)
        for number, (label, value) in enumerate(chart.bars)
    ]
    ticks = [
        _tick(TOP + ROW * number, chart.goals[label], longest)
        for number, (label, _) in enumerate(chart.bars)
        if label in chart.goals
    ]
    summary = f"{chart.title}: " + ", ".join(f"{label} {shown(value)} {chart.unit}" for label, value in chart.bars)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' role="img" aria-label="{escape(summary)}">',
            f"<style>{STYLE}</style>",
            f'<text class="title" x="0" y="22">{escape(_headed(chart))}</text>',
            *rows,
            *ticks,
            *([LEGEND] if ticks else []),
            "</svg>\n",
        ]
    )


def _headed(chart: Chart) -> str:
    return f"{chart.title} ({chart.unit})" if chart.unit else chart.title


def shown(value: float) -> str:
    """Return a number with about three digits that mean something.

    >>> shown(0.02346), shown(1.5), shown(12345.6), shown(0.0)
    ('0.0235', '1.5', '12,346', '0')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def widths(values: Sequence[float], room: float) -> list[float]:
    """Return how long each bar is, the longest as long as there is room; nothing below zero can be drawn.

    >>> widths([10.0, 5.0, -1.0], 100)
    [100.0, 50.0, 0.0]
    """
    longest = max(values, default=0.0)
    return [max(0.0, value) / longest * room if longest > 0 else 0.0 for value in values]


def _tick(y: int, goal: float, longest: float) -> str:
    x = LABELS + widths([longest, goal], ROOM)[1]
    return f'<rect class="goal" x="{x - 1:.1f}" y="{y - 4}" width="3" height="{BAR + 8}"/>'


def _row(y: int, label: str, value: float, longest: float, *, ours: bool) -> str:
    width = widths([longest, value], ROOM)[1]
    middle = y + BAR - 4
    return (
        f'<text x="{LABELS - 10}" y="{middle}" text-anchor="end">{escape(shortened(label, LONGEST_LABEL))}</text>'
        f'<rect class="{"ours" if ours else "other"}" x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>'
        f'<text x="{WIDTH - EDGE}" y="{middle}" text-anchor="end">{shown(value)}</text>'
    )
