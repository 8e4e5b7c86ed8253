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

    The bounds are those of the expanded percentile interval (Hesterberg, 2015): percentiles further out, as far as
    Student's t is wider than the normal distribution, since the plain ones are too narrow where there are few. Of two
    or three conversations they are the worst and the best one; of a single one nothing is known, and they are infinite.

    >>> ratio([-2.0, -2.0], [1.0, 1.0])
    Interval(mean=-2.0, low=-2.0, high=-2.0)
    """
    part, weight = np.asarray(parts, dtype=float), np.asarray(weights, dtype=float)
    mean, many = float(part.sum() / weight.sum()), len(part)
    if many == 1:
        return Interval(mean, -math.inf, math.inf)
    rng = np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < DRAWS:
        drawn = rng.integers(many, size=(min(DRAWS - len(found), max(1, AT_ONCE // many)), many))
        found += (part[drawn].sum(axis=1) / weight[drawn].sum(axis=1)).tolist()
    outside = _outside(many)
    low, high = np.quantile(found, (outside, 1 - outside))
    return Interval(mean, float(low), float(high))


def share(hits: int, of: int) -> Interval:
    """Return a share with Wilson's interval.

    >>> found = share(9, 10)
    >>> round(found.low, 3), found.mean, round(found.high, 3)
    (0.596, 0.9, 0.982)
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    found, spread = hits / of, z * z / of
    middle = (found + spread / 2) / (1 + spread)
    width = z / (1 + spread) * math.sqrt(found * (1 - found) / of + spread / of / 4)
    return Interval(found, middle - width, middle + width)


def _outside(many: int) -> float:
    """Return how much of the draws lies beyond each bound."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    return NormalDist().cdf(-math.sqrt(many / (many - 1)) * student(z, many - 1))


def student(z: float, freedom: int) -> float:
    """Return about how wide Student's t is where the normal distribution is `z` wide (Cornish and Fisher's series).

    >>> round(student(1.96, 10), 2)
    2.23
    """
    terms = (
        (z**3 + z) / 4 / freedom,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96 / freedom**2,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 / freedom**3,
    )
    return z + sum(terms)
