"""Whoever asks what would be learned is told since when, and whether that is enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from tasks.training.samples.preview import Preview, shown
from tasks.training.samples.step import Counts, Span

SERVED = "20261122-ab12cd34"
COUNTS = Counts(new=2, pairs=0, sources={}, left_out={}, consents=())


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({}, "2 new samples, and no run before; a run wants 3"),
        (
            {"served": SERVED},
            f"2 new samples, since 1970-01-01 00:00:00, the end of what {SERVED} learned; a run wants 3",
        ),
        (
            {"afresh": True},
            "2 new samples, since 1970-01-01 00:00:00, for what is served is to be replaced; "
            "what earlier runs learned is learned anew beside them, but for what may not be known any more",
        ),
    ],
)
def test_it_says_since_when_and_whether_that_is_enough(tmp_path: Path, span: dict[str, object], expected: str) -> None:
    told = Span.model_validate({"from_ms": 0, "until_ms": 9, "exchanges": 1, **span})
    console = Console(width=300)
    with console.capture() as said:
        console.print(shown(Preview(told, COUNTS, 3, tmp_path / "nothing"), 0))
    assert said.get().splitlines()[0] == expected
