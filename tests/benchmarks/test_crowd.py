from __future__ import annotations

import pytest

from benchmarks.crowd import Life, findings, measure
from benchmarks.figures import Spread
from tests.benchmarks.quick import by_name, nobody


def test_many_hosts_are_held_against_few() -> None:
    few = Life(operations=3.5, cpu_share=0.01, decision=Spread(1.0, 2.0), dispatch_p95_ms=4.0)
    many = Life(operations=25.0, cpu_share=0.5, decision=Spread(5.0, 40.0), dispatch_p95_ms=12.0)
    found = by_name(findings({2: few, 200: many}))
    missed = ("operations of a host, 200 hosts", "a decision, 200 hosts, p99", "a dispatch, 200 hosts ÷ 2")
    verdicts = [found[name].goal.verdict(found[name].value) for name in missed]  # type: ignore[union-attr]
    assert verdicts == ["missed by 25 %", "missed by 100 %", "missed by 50 %"]
    assert found["Redis busy, 2 hosts"].value == pytest.approx(1.0)


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(figure.value > 0 for figure in found.values())
    assert found["operations of a host, 4 hosts"].value < 20
