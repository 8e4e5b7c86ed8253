"""Prometheus' text format, written: https://prometheus.io/docs/instrumenting/exposition_formats/. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bots.web.metrics.names import Kind, Metric
from tasks.jobs.measures import Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
Labels = tuple[str, ...]
Number = int | float


@dataclass(frozen=True)
class Summed:
    """What a summary says: how many, and what they come to."""

    count: int
    sum_s: float


@dataclass(frozen=True)
class Family:
    """All values of one metric, by the values of its labels."""

    metric: Metric
    values: Mapping[Labels, Number | Histogram | Summed]


def text(families: Iterable[Family]) -> str:
    """Return families as Prometheus reads them; one without a value is left out."""
    return "".join(itertools.chain.from_iterable(_lines(family) for family in families if family.values))


def _lines(family: Family) -> Iterator[str]:
    metric = family.metric
    yield f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n"
    for values, told in family.values.items():
        labels = list(zip(metric.labels, values, strict=True))
        if isinstance(told, Histogram):
            assert metric.kind is Kind.HISTOGRAM
            cumulative = itertools.accumulate(told.counts)
            for bound, count in zip([*map(_number, told.bounds_s), "+Inf"], cumulative, strict=True):
                yield _line(f"{metric.name}_bucket", [*labels, ("le", bound)], count)
        if isinstance(told, Histogram | Summed):
            yield _line(f"{metric.name}_sum", labels, told.sum_s)
            yield _line(f"{metric.name}_count", labels, told.count)
        else:
            yield _line(metric.name, labels, told)


def _line(name: str, labels: Iterable[tuple[str, str]], value: Number) -> str:
    inner = ",".join(f'{label}="{told.translate(ESCAPES)}"' for label, told in labels)
    return f"{name}{f'{{{inner}}}' if inner else ''} {_number(value)}\n"


def _number(value: Number) -> str:
    """Return a number, whole ones without a point.

    >>> _number(2.0), _number(0.25)
    ('2', '0.25')
    """
    return str(int(value)) if value == int(value) else repr(float(value))
