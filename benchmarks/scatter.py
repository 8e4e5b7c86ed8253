"""Draws named points as SVG by hand, in the same manner as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.figures import Scatter
from benchmarks.plots import OURS, STYLE, WIDTH, shown

HEIGHT, LEFT, RIGHT, TOP, FOOT = 420, 64, 220, 44, 52  # names stand on the right
DOT, NAME_GAP, NAME_PITCH, PITCH_UP = 5, 14, 18, 4
LINES = ".axis { stroke: #9aa4ae } .faint { stroke: #9aa4ae; opacity: .25 } .lead { stroke: #9aa4ae; opacity: .5 }"
TICKS, MARGIN = 4, 0.1  # of what the points span, on each side


@dataclass(frozen=True, slots=True)
class Axis:
    """Where numbers stand between two ends of the drawing."""

    least: float
    most: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a number stands."""
        return self.start + (value - self.least) / (self.most - self.least) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return the numbers to write beside it."""
        return [self.least + (self.most - self.least) * tick / TICKS for tick in range(TICKS + 1)]


def scatter_svg(plot: Scatter) -> str:
    """Return the plot: a dot for each point, ours in colour, and its name on the right. Axes need not begin at zero."""
    across = Axis(*span([x for _, x, _ in plot.points]), LEFT, WIDTH - RIGHT)
    up = Axis(*span([y for _, _, y in plot.points]), HEIGHT - FOOT, TOP)
    spots = {name: (across.at(x), up.at(y)) for name, x, y in plot.points}
    summary = f"{plot.title}: " + ", ".join(f"{name} {shown(x)}, {shown(y)}" for name, x, y in plot.points)
    heights = apart({name: y for name, (_, y) in spots.items()})
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            f' role="img" aria-label="{escape(summary)}">',
            f"<style>{STYLE} {LINES}</style>",
            f'<text class="title" x="0" y="22">{escape(plot.title)}</text>',
            *_axes(plot, across, up),
            *(_name(name, spots[name], height) for name, height in heights.items()),
            *(_dot(name, *spot) for name, spot in spots.items()),
            "</svg>\n",
        ]
    )


def span(values: Sequence[float]) -> tuple[float, float]:
    """Return round ends of an axis on which all values have some room; never below zero.

    >>> span([22.0, 25.0]), span([43.0, 80.0]), span([0.0, 1.0]), span([])
    ((21.0, 26.0), (30.0, 90.0), (0.0, 1.2), (0.0, 1.2))
    """
    least, most = min(values, default=0.0), max(values, default=1.0)
    room = (most - least) * MARGIN or abs(most) * MARGIN or 1.0
    unit = 10.0 ** math.floor(math.log10(most - least or room))
    step = unit if (most - least) / unit >= 2 else unit / 5
    return max(0.0, round(math.floor((least - room) / step) * step, 9)), round(
        math.ceil((most + room) / step) * step, 9
    )


def apart(heights: dict[str, float]) -> dict[str, float]:
    """Return heights for names that are never closer than a line, in the order of their points, within the plot.

    >>> apart({"low": 60.0, "high": 50.0})
    {'high': 50.0, 'low': 68.0}
    """
    placed: dict[str, float] = {}
    last = -math.inf
    for name in sorted(heights, key=lambda name: heights[name]):
        last = max(heights[name], last + NAME_PITCH)
        placed[name] = last
    over = max(0.0, last - (HEIGHT - FOOT))
    return {name: height - over for name, height in placed.items()}


def _axes(plot: Scatter, across: Axis, up: Axis) -> list[str]:
    lines = []
    for number, (x_value, y_value) in enumerate(zip(across.ticks(), up.ticks(), strict=True)):
        x, y, style = across.at(x_value), up.at(y_value), "faint" if number else "axis"
        lines += [
            f'<line class="{style}" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - FOOT}"/>',
            f'<line class="{style}" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>',
            f'<text x="{x:.1f}" y="{HEIGHT - FOOT + 18}" text-anchor="middle">{shown(x_value)}</text>',
            f'<text x="{LEFT - 8}" y="{y + PITCH_UP:.1f}" text-anchor="end">{shown(y_value)}</text>',
        ]
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - FOOT) / 2
    return [
        *lines,
        f'<text x="{middle_x:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(plot.across)}</text>',
        f'<text transform="translate(14 {middle_y:.0f}) rotate(-90)" text-anchor="middle">{escape(plot.up)}</text>',
    ]


def _dot(name: str, x: float, y: float) -> str:
    return f'<circle class="{"ours" if OURS in name else "other"}" cx="{x:.1f}" cy="{y:.1f}" r="{DOT}"/>'


def _name(name: str, spot: tuple[float, float], height: float) -> str:
    x = WIDTH - RIGHT + NAME_GAP
    lead = f'<line class="lead" x1="{spot[0]:.1f}" y1="{spot[1]:.1f}" x2="{x - 4}" y2="{height:.1f}"/>'
    return f'{lead}<text x="{x}" y="{height + PITCH_UP:.1f}">{escape(name)}</text>'
