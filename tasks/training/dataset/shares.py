"""How much of what is learned is whose, by samples and by characters, and who may join without being too much. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tasks.contracts.learning import Sample


@dataclass(frozen=True)
class Load:
    """How much something is."""

    samples: int = 0
    chars: int = 0
    """Of answers, which is what is learned."""

    def __add__(self, other: Load) -> Load:
        return Load(self.samples + other.samples, self.chars + other.chars)


def limit_of(authors: int, user_share: float) -> Fraction:
    """Return the most that one of so many authors may be of all; where they are few, an equal part each.

    >>> limit_of(4, 0.05), limit_of(100, 0.05)
    (Fraction(1, 4), Fraction(1, 20))
    """
    return max(Fraction(str(user_share)), Fraction(1, max(authors, 1)))


def load_of(samples: Iterable[Sample]) -> Load:
    """Return how much samples are."""
    sizes = [len(sample.answer) for sample in samples]
    return Load(len(sizes), sum(sizes))


def rank(seed: str, sample_id: str) -> str:
    """Return what samples are put in order by where chance is to decide: the same for the same seed."""
    return hashlib.sha256(f"{seed}\0{sample_id}".encode()).hexdigest()


def joined(base: Sequence[Sample], more: Sequence[Sample], besides: Load, limit: Fraction, most: int) -> list[Sample]:
    """Return as many of `more`, `most` of them, as can join `base` without anybody becoming more than the limit.

    They are taken as they come; one that has no room yet may have it once others have joined.
    """
    total = load_of(base) + besides
    loads = _loads(base)
    taken: list[Sample] = []
    waiting = list(more)
    progress = True
    while progress and len(taken) < most:
        progress, later = False, []
        for sample in waiting:
            size = Load(1, len(sample.answer))
            if len(taken) < most and (not sample.author or _within(loads[sample.author] + size, total + size, limit)):
                taken.append(sample)
                loads[sample.author] += size
                total += size
                progress = True
            else:
                later.append(sample)
        waiting = later
    return taken


def shares(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """Return how much of all samples, and of all characters of answers, is each author's."""
    total = load_of(samples)
    return {
        author: (load.samples / total.samples, load.chars / total.chars)
        for author, load in sorted(_loads(samples).items())
        if author
    }


def _loads(samples: Iterable[Sample]) -> defaultdict[str, Load]:
    loads: defaultdict[str, Load] = defaultdict(Load)
    for sample in samples:
        loads[sample.author] += Load(1, len(sample.answer))
    return loads


def _within(load: Load, total: Load, limit: Fraction) -> bool:
    return load.samples <= limit * total.samples and load.chars <= limit * total.chars
