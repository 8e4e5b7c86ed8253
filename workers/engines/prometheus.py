"""What a server counts of itself, in Prometheus' text format. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Requests at a server, whoever sent them."""

    running: int
    waiting: int


def total(text: str, name: str) -> float:
    r"""Return the sum of a metric over all its labels; 0 where it is not told.

    >>> total('# HELP a b\na{engine="0"} 2\na{engine="1"} 3.0\nab 7\n', "a")
    5.0
    """
    values = []
    for line in text.splitlines():
        label, _, value = line.rpartition(" ")
        if label == name or label.startswith(name + "{"):
            values.append(_number(value))
    return sum(values)


def _number(word: str) -> float:
    """Return the number that `word` is; 0 for what is none, or without end."""
    try:
        value = float(word)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
