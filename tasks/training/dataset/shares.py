"""Sees to it that nobody is more of what is learned than they may be, by samples and by characters. Pure.

Whoever wants to teach something bad by saying it a thousand times is then one voice among many.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from tasks.contracts.learning import Sample

FEWEST = 3
"""Samples of an author by which they count: an equal part each is not to mean a sample each."""


@dataclass(frozen=True)
class Load:
    """How much something is."""

    samples: int = 0
    chars: int = 0
    """Of answers, which is what is learned."""

    def __add__(self, other: Load) -> Load:
        return Load(self.samples + other.samples, self.chars + other.chars)


@dataclass(frozen=True)
class Bounded:
    """Samples of which nobody's are more than `limit`."""

    samples: tuple[Sample, ...]
    limit: Fraction
    authors: int
    """Those whose samples are among them."""


Besides = Callable[[int], Load]
"""What is learned besides so many samples, and is nobody's."""


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


def bounded(samples: Sequence[Sample], besides: Besides, user_share: float, seed: str) -> Bounded:
    """Return as many of these as there may be; chance decides which of an author's.

    Those of no author were written by hand, and are not bounded.
    """
    by_author: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda one: rank(seed, one.id)):
        by_author[sample.author].append(sample)
    by_hand = by_author.pop("", [])
    counted = _counted(by_author, user_share)
    limit = limit_of(len(counted), user_share)
    kept = _kept(counted, load_of(by_hand), besides, limit)
    return Bounded((*by_hand, *kept), limit, len(counted))


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


def _counted(by_author: dict[str, list[Sample]], user_share: float) -> dict[str, list[Sample]]:
    if Fraction(1, max(len(by_author), 1)) <= Fraction(str(user_share)):
        return by_author
    enough = {author: theirs for author, theirs in by_author.items() if len(theirs) >= FEWEST}
    return enough or by_author


def _kept(by_author: dict[str, list[Sample]], by_hand: Load, besides: Besides, limit: Fraction) -> list[Sample]:
    """Take from those who are too much until nobody is: what is taken from one makes all others more."""
    chars = {author: [0, *accumulate(len(one.answer) for one in theirs)] for author, theirs in by_author.items()}
    kept = {author: len(theirs) for author, theirs in by_author.items()}
    while True:
        count = sum(kept.values())
        theirs_chars = sum(chars[author][number] for author, number in kept.items())
        total = Load(count, theirs_chars) + by_hand
        total += besides(total.samples)
        fewer = {
            author: min(number, int(limit * total.samples), bisect_right(chars[author], limit * total.chars) - 1)
            for author, number in kept.items()
        }
        if fewer == kept:
            return [sample for author, number in sorted(kept.items()) for sample in by_author[author][:number]]
        kept = fewer


def _loads(samples: Iterable[Sample]) -> defaultdict[str, Load]:
    loads: defaultdict[str, Load] = defaultdict(Load)
    for sample in samples:
        loads[sample.author] += Load(1, len(sample.answer))
    return loads


def _within(load: Load, total: Load, limit: Fraction) -> bool:
    return load.samples <= limit * total.samples and load.chars <= limit * total.chars
