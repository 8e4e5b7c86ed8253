from __future__ import annotations

import pytest

from benchmarks.environments import FOLDER, STAMP
from benchmarks.proxy import LITELLM
from benchmarks.web.answers import WHATS, findings, measure
from tests.benchmarks.quick import by_name, nobody

INSTALLED = (FOLDER / LITELLM / STAMP).exists()


def test_what_the_api_adds_is_held_against_what_the_proxy_adds() -> None:
    times = {"direct": [2.0, 2.0], "Rookery": [5.0, 5.0], "LiteLLM": [32.0, 32.0]}
    found = by_name(findings({f"{who}, {what}": ms for who, ms in times.items() for what in WHATS}))
    for what in WHATS:
        assert found[f"{what}: added by LiteLLM, p50"].value == 30.0
        ratio = found[f"{what}: Rookery ÷ LiteLLM, p50"]
        assert ratio.value == pytest.approx(0.1)
        assert ratio.goal is not None


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="`make bench-peers` installs it")
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["answer: direct, p50"].value > 0
    assert {f"{what}: added by LiteLLM, p50" for what in WHATS} <= found.keys()
