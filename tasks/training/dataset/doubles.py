"""Takes out what is there twice, word for word or nearly. Pure, and the same on every machine.

Near ones are looked for with MinHash: samples that share most of their pieces very likely share a band of minima, and
only those are compared. Question and answer both have to be alike: a stock reply to other questions is no double.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.contracts.learning import Sample
from tasks.training.dataset.texts import grams, likeness, text_hash

ALIKE = 0.85
"""The likeness from which on two texts count as one."""
BANDS, ROWS = 20, 4  # finds 99.999 % of what is as like as `ALIKE`
_PRIME = np.uint64(4_294_967_311)  # the first above 32 bits
_SEED = 20_260_101

Grams = frozenset[int]


@dataclass(frozen=True)
class Singled:
    """Samples of which no two are the same."""

    samples: tuple[Sample, ...]
    exact: int
    """Left out: word for word what is there."""
    near: int
    """Left out: nearly."""


class Seen:
    """What was seen so far, and whether something is like it."""

    def __init__(self) -> None:
        self._exact: set[tuple[str, str]] = set()
        self._grams: list[tuple[Grams, Grams]] = []
        self._bands: defaultdict[bytes, list[int]] = defaultdict(list)

    def has(self, sample: Sample) -> bool:
        """Return whether the same question had the same answer."""
        return _exactly(sample) in self._exact

    def add(self, sample: Sample) -> bool:
        """See it; False: something like it was seen already."""
        pieces = grams(sample.turns[-1].text), grams(sample.answer)
        bands = _bands(pieces)
        candidates = {number for band in bands for number in self._bands.get(band, ())}
        new = not any(_alike(pieces, self._grams[number]) for number in sorted(candidates))
        for band in bands:
            self._bands[band].append(len(self._grams))
        self._grams.append(pieces)
        self._exact.add(_exactly(sample))
        return new


def singled(samples: Iterable[Sample], before: Iterable[Sample] = ()) -> Singled:
    """Return the first of all samples that are the same or nearly, and none that is like one of `before`."""
    seen = Seen()
    for sample in before:
        seen.add(sample)
    kept, exact, near = [], 0, 0
    for sample in samples:
        if seen.has(sample):
            exact += 1
        elif seen.add(sample):
            kept.append(sample)
        else:
            near += 1
    return Singled(tuple(kept), exact, near)


def _exactly(sample: Sample) -> tuple[str, str]:
    return text_hash(sample.turns[-1].text), text_hash(sample.answer)


def _alike(one: tuple[Grams, Grams], other: tuple[Grams, Grams]) -> bool:
    return all(likeness(mine, theirs) >= ALIKE for mine, theirs in zip(one, other, strict=True))


def _bands(pieces: Sequence[Grams]) -> list[bytes]:
    """Return the bands of minima of the pieces of a question and of its answer, told apart by a bit."""
    told = sorted({2 * piece + number for number, part in enumerate(pieces) for piece in part})
    values = np.array(told, dtype=np.uint64) % _PRIME
    minima = ((values[:, None] * _FACTORS + _SUMMANDS) % _PRIME).min(axis=0)
    return [bytes([band]) + minima[band * ROWS : (band + 1) * ROWS].tobytes() for band in range(BANDS)]


def _numbers(least: int) -> NDArray[np.uint64]:
    return np.random.default_rng(_SEED + least).integers(least, 2**31, BANDS * ROWS, dtype=np.uint64)


_FACTORS, _SUMMANDS = _numbers(1), _numbers(0)
