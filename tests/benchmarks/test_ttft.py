from __future__ import annotations

import json

import pytest

from benchmarks.ttft import findings, has_text, measure
from tests.benchmarks.quick import by_name, nobody


def test_the_figures_are_of_both_ways_and_of_the_difference() -> None:
    found = by_name(findings({"direct": [10.0, 10.0], "Rookery": [25.0, 25.0]}))
    assert found["added by Rookery, p50"].value == 15.0
    assert found["Rookery, first words, p99"].value == 25.0


@pytest.mark.parametrize(
    ("delta", "text"), [({"content": "hi"}, True), ({"content": ""}, False), ({"role": "assistant"}, False)]
)
def test_only_a_piece_with_text_in_it_counts(delta: dict[str, str], text: bool) -> None:
    assert has_text(b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode()) is text


@pytest.mark.parametrize("line", [b"", b"data: [DONE]", b": ping", b'data: {"choices": []}'])
def test_what_is_no_piece_does_not_count(line: bytes) -> None:
    assert not has_text(line)


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["direct, first words, p50"].value > 0
    assert found["Rookery, first words, p50"].value > 0
