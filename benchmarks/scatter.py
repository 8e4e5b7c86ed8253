"""Draws named points as SVG by hand, in the same manner as bars."""

from __future__ import annotations

import math
from html import escape

from benchmarks.figures import Scatter
from benchmarks.plots import OURS, STYLE, WIDTH, shown

HEIGHT, LEFT, RIGHT, TOP, FOOT = 420, 64, 190, 44, 52  # room for names is on the right
DOT, NAME_GAP, NAME_PITCH = 5, 10, 16
AXIS = ".axis { stroke: #9aa4ae; stroke-width: 1 } .faint { stroke: #9aa4ae; stroke-width: 1; opacity: .25 }"
TICKS = 4
HEADROOM = 1.05


def scatter_svg(plot: Scatter) -> str:
    """Return the plot: a dot and a name for each point, ours in colour."""
    most_x = _round(HEADROOM * max((x for _, x, _ in plot.points), default=1.0))
    most_y = _round(HEADROOM * max((y for _, _, y in plot.points), default=1.0))
    at = {name: (_across(x, most_x), _up(y, most_y)) for name, x, y in plot.points}
    summary = f"{plot.title}: " + ", ".join(f"{name} {shown(x)}, {shown(y)}" for name, x, y in plot.points)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            f' role="img" aria-label="{escape(summary)}">',
            f"<style>{STYLE} {AXIS}</style>",
            f'<text class="title" x="0" y="22">{escape(plot.title)}</text>',
            *_axes(plot, most_x, most_y),
            *(_dot(name, *at[name]) for name in at),
            *(_name(name, at[name], y) for name, y in _apart({name: spot[1] for name, spot in at.items()}).items()),
            "</svg>\n",
        ]
    )


def _round(most: float) -> float:
    """Return a round number above `most`, for the end of an axis.

    >>> _round(23.0), _round(0.7), _round(0.0)
    (30.0, 0.8, 1.0)
    """
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    return round(math.ceil(most / unit + 0.001) * unit, 9)


def _across(x: float, most: float) -> float:
    return LEFT + x / most * (WIDTH - LEFT - RIGHT)


def _up(y: float, most: float) -> float:
    return HEIGHT - FOOT - y / most * (HEIGHT - TOP - FOOT)


def _axes(plot: Scatter, most_x: float, most_y: float) -> list[str]:
    lines = []
    for tick in range(TICKS + 1):
        x, y = _across(most_x * tick / TICKS, most_x), _up(most_y * tick / TICKS, most_y)
        style = "faint" if tick else "axis"
        lines += [
            f'<line class="{style}" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - FOOT}"/>',
            f'<line class="{style}" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>',
            f'<text x="{x:.1f}" y="{HEIGHT - FOOT + 18}" text-anchor="middle">{shown(most_x * tick / TICKS)}</text>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{shown(most_y * tick / TICKS)}</text>',
        ]
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - FOOT) / 2
    return [
        *lines,
        f'<text x="{middle_x:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(plot.across)}</text>',
        f'<text transform="translate(14 {middle_y:.0f}) rotate(-90)" text-anchor="middle">{escape(plot.up)}</text>',
    ]


def _dot(name: str, x: float, y: float) -> str:
    return f'<circle class="{"ours" if OURS in name else "other"}" cx="{x:.1f}" cy="{y:.1f}" r="{DOT}"/>'


def _name(name: str, spot: tuple[float, float], y: float) -> str:
    return f'<text x="{spot[0] + NAME_GAP:.1f}" y="{y + 4:.1f}">{escape(name)}</text>'


def _apart(heights: dict[str, float]) -> dict[str, float]:
    """Return heights for the names that are never closer than a line, moved down where they would be."""
    placed: dict[str, float] = {}
    last = -math.inf
    for name in sorted(heights, key=lambda name: heights[name]):
        last = max(heights[name], last + NAME_PITCH)
        placed[name] = last
    return placed
