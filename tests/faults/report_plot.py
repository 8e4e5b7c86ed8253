"""Recovery times as strips of dots on one logarithmic scale of seconds, with the bound that they must keep. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from tests.faults.report import Row, spread
from tests.faults.settings import RECOVERY_S

LEAST_MS, MOST_MS = 10, 60_000
TICKS_MS = {10: "10 ms", 100: "0.1 s", 1_000: "1 s", 10_000: "10 s"}
MARGIN = 1.5  # per cent of the width, at either end
STRIP_PX, MIDDLE_PX = 34, 17
SCATTER_PX = 13  # that dots lie apart, so that many at one place can be told from few
DOT_PX = 3.5


def plot(rows: Sequence[Row]) -> str:
    """Return the strips of all faults that were recovered from, or a word that there were none."""
    drawn = [row for row in rows if row.recoveries_ms]
    if not drawn:
        return "<p>No fault of this run was one that is recovered from.</p>"
    every = Row("All of them", "passed", recoveries_ms=[ms for row in drawn for ms in row.recoveries_ms])
    strips = "".join(map(strip, [every, *drawn] if len(drawn) > 1 else drawn))
    return (
        f'<div class="plot">{strips}<svg class="scale" height="20" aria-hidden="true">{"".join(scale())}</svg></div>'
        '<p class="legend"><i class="dot"></i> one recovery <i class="tick"></i> p50, p99 and the longest '
        f'<i class="bound"></i> {RECOVERY_S:g} s, the most that is promised</p>'
    )


def strip(row: Row) -> str:
    """Return one fault: its name, its numbers, its dots."""
    lies = spread(row.recoveries_ms)
    assert lies is not None
    numbers = f"n {lies.count} · p50 {seconds(lies.p50)} · p99 {seconds(lies.p99)} · max {seconds(lies.most)}"
    dots = "".join(
        f'<circle cx="{x_of(ms)}%" cy="{MIDDLE_PX + offset(at)}" r="{DOT_PX}"><title>{ms} ms</title></circle>'
        for at, ms in enumerate(row.recoveries_ms)
    )
    ticks = "".join(upright("tick", ms) for ms in (lies.p50, lies.p99, lies.most))
    behind = "".join(upright("grid", ms) for ms in TICKS_MS) + upright("bound", RECOVERY_S * 1000)
    return (
        f'<div class="strip"><b>{escape(row.fault)}</b><span>{numbers}</span></div>'
        f'<svg height="{STRIP_PX}" role="img" aria-label="{escape(row.fault)}: {numbers}">{behind}{dots}{ticks}</svg>'
    )


def scale() -> Iterator[str]:
    """Yield the words below the strips."""
    for ms, name in TICKS_MS.items():
        anchor = "start" if ms == LEAST_MS else "middle"
        yield f'<text x="{x_of(ms)}%" y="14" text-anchor="{anchor}">{name}</text>'
    yield f'<text class="bound" x="{x_of(RECOVERY_S * 1000)}%" y="14" dx="3">{RECOVERY_S:g} s</text>'


def upright(kind: str, ms: float) -> str:
    """Return a line across a strip."""
    inset = 4 if kind == "tick" else 0
    return (
        f'<line class="{kind}" x1="{x_of(ms)}%" x2="{x_of(ms)}%" y1="{inset}" y2="{STRIP_PX - inset}">'
        f"<title>{seconds(int(ms))}</title></line>"
    )


def x_of(ms: float) -> float:
    """Return where a duration lies, in per cent of the width.

    >>> x_of(LEAST_MS), x_of(MOST_MS)
    (1.5, 98.5)
    """
    within = min(max(ms, LEAST_MS), MOST_MS)
    share = math.log(within / LEAST_MS) / math.log(MOST_MS / LEAST_MS)
    return round(MARGIN + share * (100 - 2 * MARGIN), 2)


def offset(at: int) -> float:
    """Return how far from the middle of its strip a dot lies: always the same for the same one."""
    return round((at * 0.618 % 1 - 0.5) * SCATTER_PX, 1)


def seconds(ms: int) -> str:
    """Return a duration in the fewest signs that tell it.

    >>> seconds(43), seconds(1234), seconds(12345)
    ('0.04 s', '1.2 s', '12 s')
    """
    if ms < 1000:
        return f"{ms / 1000:.2f} s"
    return f"{ms / 1000:.1f} s" if ms < 10_000 else f"{ms / 1000:.0f} s"
