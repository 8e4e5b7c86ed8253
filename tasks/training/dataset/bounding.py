"""Sees to it that nobody is more of what is learned than they may be, by samples and by characters. Pure.

Whoever wants to teach something bad by saying it a thousand times is then one voice among many. Where few agreed the
most is an equal part each, which is as much as the one can give who has least. So that somebody with one sample does
not make it one of everybody, some may be left out, never more than half; and nobody is left alone by that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from tasks.contracts.learning import Sample
from tasks.training.dataset.shares import Load, limit_of, load_of, rank

FEWEST = 3
"""Samples of an author by which they count where an equal part is what everybody gets."""
FEW = 40
"""Authors among whom it is tried out without whom there is more for all others."""

Besides = Callable[[int], Load]
"""What is learned besides so many samples, and is nobody's."""


@dataclass(frozen=True)
class Bounded:
    """Samples of which nobody's are more than `limit`."""

    samples: tuple[Sample, ...]
    limit: Fraction
    authors: int
    """Those whom the limit is reckoned by."""


class Bounding:
    """Takes from those who are too much until nobody is. Chance decides what is taken.

    Those of no author were written by hand, and are not bounded.
    """

    def __init__(self, samples: Sequence[Sample], besides: Besides, user_share: float, seed: str) -> None:
        self._theirs: defaultdict[str, list[Sample]] = defaultdict(list)
        for sample in sorted(samples, key=lambda one: rank(seed, one.id)):
            self._theirs[sample.author].append(sample)
        self._by_hand = self._theirs.pop("", [])
        self._fixed, self._besides, self._user_share = load_of(self._by_hand), besides, user_share
        #: By author, how long so many of their answers are together.
        self._chars = {who: [0, *accumulate(len(one.answer) for one in some)] for who, some in self._theirs.items()}

    def bounded(self, least: int) -> Bounded:
        """Return as many samples as there may be; authors are left out only where there are not `least` otherwise."""
        authors = self._counted()
        fewest = self._fewest()
        best = self._among(authors)
        while self._count(best) < least and fewest < len(authors) <= FEW:
            ways = {who: self._among([each for each in authors if each != who]) for who in authors}
            gone = max(sorted(ways), key=lambda who: self._count(ways[who]))
            authors = [each for each in authors if each != gone]
            best = max(best, ways[gone], key=self._count)
        kept = [one for who, number in sorted(best.items()) for one in self._theirs[who][:number]]
        return Bounded((*self._by_hand, *kept), limit_of(len(best), self._user_share), len(best))

    def _fewest(self) -> int:
        """Return how many authors there must be in any case."""
        return max(min(len(self._theirs), 2), (len(self._theirs) + 1) // 2)

    def _counted(self) -> list[str]:
        authors = sorted(self._theirs)
        if limit_of(len(authors), self._user_share) > Fraction(1, max(len(authors), 1)):
            return authors
        enough = [who for who in authors if len(self._theirs[who]) >= FEWEST]
        return enough if len(enough) >= self._fewest() else authors

    def _count(self, kept: dict[str, int]) -> int:
        return sum(kept.values()) + self._fixed.samples

    def _among(self, authors: Collection[str]) -> dict[str, int]:
        """Return how many samples of each of these authors may stay: what one loses makes all others more."""
        limit = limit_of(len(authors), self._user_share)
        kept = {who: len(self._theirs[who]) for who in authors}
        while True:
            count = sum(kept.values())
            total = Load(count, sum(self._chars[who][number] for who, number in kept.items())) + self._fixed
            total += self._besides(total.samples)
            most, chars = int(limit * total.samples), limit * total.chars
            fewer = {who: min(number, most, bisect_right(self._chars[who], chars) - 1) for who, number in kept.items()}
            if fewer == kept:
                return kept
            kept = fewer
