"""How far a figure may be from what it was found to be: intervals by resampling whole conversations. Pure, seeded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

DRAWS = 4_000
CONFIDENCE = 0.95
SEED = 20_261
AT_ONCE = 1_000_000  # numbers drawn in one go
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
#: Student's t for 95 %, by degrees of freedom. With fewer than six conversations no drawing of them is ever so sure.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}


@dataclass(frozen=True)
class Interval:
    """A figure, and the bounds between which it lies with a confidence of 95 %."""

    mean: float
    low: float
    high: float


def ratio(parts: Sequence[float], weights: Sequence[float], *, seed: int = SEED) -> Interval:
    """Return the sum of `parts` over the sum of `weights`, with its interval. One of each for every conversation.

    For a paired comparison the parts are differences: of the nats that two adapters need for a conversation, say, and
    the weights its tokens. Conversations are drawn with replacement, whole, for what is said in one hangs together.

    The bounds are those of the expanded percentile interval (Hesterberg, 2015): percentiles as much further out as
    Student's t is wider than the normal distribution. Of two to five conversations they are Student's own, and of a
    single one nothing is known: they are infinite.

    >>> ratio([-2.0, -2.0], [1.0, 1.0])
    Interval(mean=-2.0, low=-2.0, high=-2.0)
    """
    part, weight = np.asarray(parts, dtype=float), np.asarray(weights, dtype=float)
    mean, many = float(part.sum() / weight.sum()), len(part)
    if many == 1:
        return Interval(mean, -math.inf, math.inf)
    if many - 1 in STUDENT:
        spread = float(((part - mean * weight) ** 2).sum()) * many / (many - 1)
        width = STUDENT[many - 1] * math.sqrt(spread) / float(weight.sum())
        return Interval(mean, mean - width, mean + width)
    rng = np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < DRAWS:
        drawn = rng.integers(many, size=(min(DRAWS - len(found), max(1, AT_ONCE // many)), many))
        found += (part[drawn].sum(axis=1) / weight[drawn].sum(axis=1)).tolist()
    outside = NormalDist().cdf(-math.sqrt(many / (many - 1)) * _student(many - 1))
    low, high = np.quantile(found, (outside, 1 - outside))
    return Interval(mean, float(low), float(high))


def share(hits: int, of: int) -> Interval:
    """Return a share with Wilson's interval.

    >>> found = share(9, 10)
    >>> round(found.low, 3), found.mean, round(found.high, 3)
    (0.596, 0.9, 0.982)
    """
    found, spread = hits / of, Z * Z / of
    middle = (found + spread / 2) / (1 + spread)
    width = Z / (1 + spread) * math.sqrt(found * (1 - found) / of + spread / of / 4)
    return Interval(found, middle - width, middle + width)


def _student(freedom: int) -> float:
    """Return Student's t for 95 % by the first terms of Cornish and Fisher's series: good to 0.01 from 5 on."""
    return Z + (Z**3 + Z) / 4 / freedom + (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96 / freedom**2
