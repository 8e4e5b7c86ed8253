"""Names of metrics follow Prometheus' habits, and stand in the reference."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bots.web.metrics.names import METRICS, Kind, Metric

REFERENCE = (Path(__file__).parents[4] / "docs" / "reference.md").read_text("utf-8")
ROW = re.compile(r"^\| `(rookery_\w+)(?:\{([\w, ]+)\})?` \| (\w+) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_says_what_it_counts_in(metric: Metric) -> None:
    assert re.fullmatch(r"rookery_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    if metric.kind in (Kind.HISTOGRAM, Kind.SUMMARY):
        assert metric.name.endswith("_seconds")
    assert metric.help.endswith(".")
    assert "\n" not in metric.help


def test_no_name_stands_twice() -> None:
    assert max(Counter(metric.name for metric in METRICS).values()) == 1


def test_the_reference_lists_every_metric_with_its_labels() -> None:
    told = {name: (tuple(filter(None, labels.split(", "))), kind) for name, labels, kind, _ in ROW.findall(REFERENCE)}
    assert told == {metric.name: (metric.labels, metric.kind.value) for metric in METRICS}
