"""The fleet of agents at length: a thousand questions, a hundred trials, ten visits, ten thousand jobs of batch work.

The same measurements as the four above it, with the sizes that their goals were set for.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import batch, joining, one_load, swaps
from benchmarks.figures import Findings, Tell

QUESTIONS, TRIALS, VISITS, WORK, ASKED = 1_000, 100, 10, 10_000, 100
QUICK = 1

Part = tuple[str, Callable[[Tell], Findings]]


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the figures of all four, each with the name of its part before it."""
    return together(tell, parts(QUICK if quick else 0))


def parts(quick: int) -> tuple[Part, ...]:
    """Return what is measured, in order."""
    return (
        ("swaps", lambda tell: swaps.replayed(tell, swaps.QUICK_QUESTIONS if quick else QUESTIONS)),
        (
            "one load",
            lambda tell: one_load.trials(tell, one_load.QUICK_HOSTS if quick else one_load.HOSTS, quick or TRIALS),
        ),
        ("joining", lambda tell: joining.visits(tell, quick or VISITS)),
        ("batch", lambda tell: batch.beside(tell, *((batch.QUICK_BATCH, 10) if quick else (WORK, ASKED)))),
    )


def together(tell: Tell, measured: tuple[Part, ...]) -> Findings:
    """Measure one after the other, and put what they find under one roof."""
    found = [(name, act(_telling(tell, name, at, len(measured)))) for at, (name, act) in enumerate(measured)]
    figures = [
        figure.model_copy(update={"name": f"{name}: {figure.name}"}) for name, each in found for figure in each.figures
    ]
    return Findings(figures=tuple(figures), charts=tuple(chart for _, each in found for chart in each.charts))


def _telling(tell: Tell, name: str, at: int, count: int) -> Tell:
    return lambda part, what: tell((at + part) / count, f"{name}: {what}")
