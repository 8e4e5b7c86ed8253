"""What the tests of single benchmarks share."""

from __future__ import annotations

from benchmarks.figures import Figure, Findings


def nobody(part: float, what: str) -> None:
    """Be told how far a benchmark is."""
    assert 0.0 <= part <= 1.0
    assert what


def by_name(found: Findings) -> dict[str, Figure]:
    """Return the figures by their names, each of which is there once."""
    named = {figure.name: figure for figure in found.figures}
    assert len(named) == len(found.figures)
    return named
