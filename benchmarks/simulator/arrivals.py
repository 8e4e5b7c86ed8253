"""Who asks when: half of the traffic alone, half in bursts for one model, answers of about a hundred tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

BURST_SHARE, BURST_JOBS, BURST_GAP_S = 0.5, 8, 2.0
TOKENS, TOKENS_SPREAD, TOKENS_LEAST, TOKENS_MOST = 100, 0.6, 10, 600


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request: when it comes, for which model by its place in the scenario, and how long its answer is."""

    at_s: float
    model: int
    tokens: float


def arrivals(rng: Generator, count: int, per_s: float, popularity: NDArray[np.float64]) -> tuple[Arrival, ...]:
    """Return so many requests in the order of time, at this mean rate, over models by their popularity."""
    share = popularity / popularity.sum()
    span_s = count / per_s
    single = int(count * (1 - BURST_SHARE))
    times = np.sort(rng.uniform(0, span_s, single))
    asked = list(zip(times, rng.choice(len(share), single, p=share), strict=True))
    left = count - single
    while left > 0:
        size = min(left, int(rng.geometric(1 / BURST_JOBS)))
        model = int(rng.choice(len(share), p=share))
        began_s = rng.uniform(0, span_s)
        asked += [(began_s + gap, model) for gap in np.cumsum(rng.exponential(BURST_GAP_S, size))]
        left -= size
    asked.sort()
    tokens = np.clip(rng.lognormal(math.log(TOKENS), TOKENS_SPREAD, count), TOKENS_LEAST, TOKENS_MOST)
    return tuple(Arrival(float(at), int(model), float(n)) for (at, model), n in zip(asked, tokens, strict=True))
