"""The flocks that are simulated: two large Macs, one small card, twenty and two hundred hosts; steady or in a storm."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.simulator.arrivals import Arrival, arrivals

BATCH_COST = 0.2  # of a round, for each further answer in it
FIXED_LOAD_S = 1.5
STORM_SHARE = 5  # a storm is this part of the requests
STORM_GAP_S = 1e-6  # so that they keep their order
MEAN_TOKENS = 120.0

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SimModel:
    """A model: an answer takes one token a round, and a round reads the whole model once."""

    size_gib: float
    slots: int

    def work(self, tokens: float) -> float:
        """Return the GiB that an answer reads at full batches."""
        return tokens * self.size_gib * (1 + BATCH_COST * (self.slots - 1)) / self.slots


@dataclass(frozen=True, slots=True)
class SimHost:
    """A host: its memory, how fast it loads, and how fast it reads what is loaded."""

    memory_gib: float
    load_gib_s: float
    read_gib_s: float

    def load_s(self, model: SimModel) -> float:
        """Return what loading takes."""
        return FIXED_LOAD_S + model.size_gib / self.load_gib_s


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated."""

    name: str
    models: tuple[SimModel, ...]
    hosts: tuple[SimHost, ...]
    arrivals: tuple[Arrival, ...]

    def storm(self) -> Scenario:
        """Return the first fifth of the requests, all of them at once."""
        first = self.arrivals[: len(self.arrivals) // STORM_SHARE]
        at_once = tuple(replace(arrival, at_s=STORM_GAP_S * number) for number, arrival in enumerate(first))
        return replace(self, name=f"{self.name} storm", arrivals=at_once)


MAC = SimHost(96.0, 3.0, 560.0)
CARD = SimHost(22.0, 2.5, 640.0)
KINDS = (SimHost(22.0, 3.0, 640.0), SimHost(44.0, 4.0, 600.0), MAC, SimHost(72.0, 5.0, 1400.0))
MAC_SIZES, CARD_SIZES = (40, 29, 45, 17, 20, 4, 4), (5, 7, 8, 9, 12, 14)
PERSONAS = (0, 1, 2, 3, 4, 5, 6, 5, 3, 1)  # which of the seven models each of ten personas speaks with
FLEET_MODELS, FLEET_SIZES = 100, (4, 45)


def zipf(rng: Generator, count: int, steepness: float) -> Numbers:
    """Return popularities that fall with rank, in random order."""
    shares = np.arange(1, count + 1, dtype=float) ** -steepness
    return shares[rng.permutation(count)]


def seed2mac(rng: Generator) -> tuple[Sequence[float], int, Sequence[SimHost], Numbers]:
    """Two Macs of 128 GB, ten personas on seven models."""
    popularity = np.zeros(len(MAC_SIZES))
    for model, share in zip(PERSONAS, zipf(rng, len(PERSONAS), 0.8), strict=True):
        popularity[model] += share
    return MAC_SIZES, 4, [MAC] * 2, popularity


def smallbox(rng: Generator) -> tuple[Sequence[float], int, Sequence[SimHost], Numbers]:
    """One card of 24 GB, six models of which two or three fit."""
    return CARD_SIZES, 4, [CARD], zipf(rng, len(CARD_SIZES), 0.9)


def fleet(hosts: int) -> Callable[[Generator], tuple[Sequence[float], int, Sequence[SimHost], Numbers]]:
    """Return a fleet of four kinds of hosts and a hundred models."""

    def made(rng: Generator) -> tuple[Sequence[float], int, Sequence[SimHost], Numbers]:
        low, high = map(math.log, FLEET_SIZES)
        sizes = np.round(np.exp(rng.uniform(low, high, FLEET_MODELS)), 1)
        kinds = [KINDS[number % len(KINDS)] for number in range(hosts)]
        return [float(size) for size in sizes], 8, kinds, zipf(rng, FLEET_MODELS, 1.0)

    return made


SCENARIOS = {"seed2mac": seed2mac, "smallbox": smallbox, "fleet20": fleet(20), "fleet200": fleet(200)}
COUNTS = {"seed2mac": 3_000, "smallbox": 3_000, "fleet20": 30_000, "fleet200": 30_000}


def scenario(name: str, load: float, seed: int, count: int | None = None) -> Scenario:
    """Return a scenario under `load` times what its hosts could read at full batches."""
    rng = np.random.default_rng(seed)
    sizes, slots, hosts, popularity = SCENARIOS[name](rng)
    models = tuple(SimModel(float(size), slots) for size in sizes)
    popularity = popularity / popularity.sum()
    per_request = sum(share * model.work(1.0) for share, model in zip(popularity, models, strict=True))
    per_s = load * sum(host.read_gib_s for host in hosts) / (per_request * MEAN_TOKENS)
    return Scenario(f"{name} {load:g}", models, tuple(hosts), arrivals(rng, count or COUNTS[name], per_s, popularity))
