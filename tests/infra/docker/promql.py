"""Which metrics a query in Prometheus' language asks for, and by which labels. As much of it as our queries need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bots.web.metrics.names import METRICS, Kind, Metric

SELECTOR = re.compile(r"\b((?:rookery_|up\b)\w*)(?:\{([^}]*)\})?")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
#: Labels that Prometheus itself gives.
SCRAPED = frozenset({"job", "instance"})
SUFFIXES = {
    Kind.HISTOGRAM: ("_bucket", "_sum", "_count"),
    Kind.SUMMARY: ("_sum", "_count"),
    Kind.COUNTER: ("",),
    Kind.GAUGE: ("",),
}
SERIES: dict[str, Metric] = {metric.name + suffix: metric for metric in METRICS for suffix in SUFFIXES[metric.kind]}
ROUNDS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Query:
    """One query."""

    text: str

    def asked(self) -> set[str]:
        """Return the names of the series that it asks for."""
        return {name for name, _ in SELECTOR.findall(self.text)}

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with it."""
        if not balanced(self.text):
            yield f"brackets: {self.text}"
        for name, inner in SELECTOR.findall(self.text):
            if name not in SERIES and name != "up":
                yield f"there is no {name}"
            else:
                yield from (
                    f"{name} has no label {label}" for label in MATCHER.findall(inner) if label not in labels(name)
                )
        known = {label for name in self.asked() for label in labels(name)}
        for grouping in GROUPING.findall(self.text):
            words = {label.strip() for label in grouping.split(",") if label.strip()}
            yield from (f"nothing in {self.text} has the label {label}" for label in words - known)


def labels(series: str) -> frozenset[str]:
    """Return the labels of a series that exists."""
    if series not in SERIES:
        return SCRAPED
    return SCRAPED | {*SERIES[series].labels} | ({"le"} if series.endswith("_bucket") else set())


def balanced(text: str) -> bool:
    """Return whether each bracket outside of quotes is closed by its like."""
    open_ones: list[str] = []
    for sign in re.sub(r'"[^"]*"', "", text):
        if sign in ROUNDS:
            open_ones.append(ROUNDS[sign])
        elif sign in ROUNDS.values() and (not open_ones or open_ones.pop() != sign):
            return False
    return not open_ones
