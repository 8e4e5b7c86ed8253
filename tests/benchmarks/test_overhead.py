from __future__ import annotations

import pytest

from benchmarks.overhead import LOGS, findings, measure
from tests.benchmarks.quick import by_name, nobody


def test_what_is_added_is_held_against_a_raw_list_with_each_log() -> None:
    found = by_name(
        findings(
            {
                "direct": [2.0, 2.0, 2.0],
                "Rookery, AOF always": [5.0, 5.0, 5.0],
                "raw list, AOF always": [1.0, 1.0, 1.0],
                "Rookery, AOF off": [3.0, 3.0, 3.0],
                "raw list, AOF off": [0.1, 0.1, 0.1],
            }
        )
    )
    assert found["added, AOF always, p50"].value == 3.0
    always, off = found["added p50 ÷ raw list, AOF always"], found["added p50 ÷ raw list, AOF off"]
    assert (always.value, off.value) == (pytest.approx(3.0), pytest.approx(10.0))
    assert always.goal is not None
    assert always.goal.verdict(2.9) == "met"
    assert off.goal is not None
    assert off.goal.verdict(off.value).startswith("missed")


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["direct call, p50"].value > 0
    assert found["raw list, AOF off, p50"].value > 0
    assert {f"added, {log}, {part}" for log in LOGS for part in ("p50", "p99")} <= found.keys()
