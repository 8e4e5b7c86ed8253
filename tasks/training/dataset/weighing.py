"""How often each sample is learned in an epoch, and with how much of what was said before it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from typing import TypeVar

from tasks.contracts.learning import Sample, Source
from tasks.training.dataset.alignment import is_alignment
from tasks.training.dataset.shares import limit_of, rank

#: What people wrote themselves. The rest is what a model said and people liked, which it says anyhow.
WRITTEN_BY_PEOPLE = frozenset({Source.CORRECTED, Source.WRITTEN, Source.IMITATED})
FEWEST, LEAST_SHARE = 3, 0.25  # of what people wrote, by which alone it can be judged: it is no side issue

Row = TypeVar("Row")


def is_by_people(sample: Sample) -> bool:
    """Return whether people wrote the answer of a sample."""
    return sample.source in WRITTEN_BY_PEOPLE


def fair_weight(samples: Sequence[Sample], correction_weight: int, user_share: float) -> int:
    """Return how often what people wrote can be learned and nobody be more of it than they may be, or are.

    Where nothing is a liked reply, or everything, there is nothing to weigh.
    """
    if len({is_by_people(sample) for sample in samples if not is_alignment(sample)}) < 2:
        return 1
    authors = {sample.author for sample in samples if sample.author}
    most = max(float(limit_of(len(authors), user_share)), _most_of_one(samples, 1))
    return next((each for each in range(correction_weight, 1, -1) if _most_of_one(samples, each) <= most), 1)


def lessons(samples: Sequence[Sample], weight: int, alone_share: float, seed: str) -> list[Sample]:
    """Return what is learned in an epoch.

    A liked reply is what the model says anyhow: it keeps an adapter near the base, where a correction has to take it
    away from there. So where there are both, a correction is learned more often.

    Nor may how somebody speaks hang on what was said before: else the first words of a conversation are answered as the
    base does. So a share of what is learned is learned once more as if its question had come first.

    Args:
        samples: those of a data set, each once.
        weight: how often a sample that people wrote is learned; see `fair_weight`.
        alone_share: of those with something before their question, learned once more without it.
        seed: what chance goes by.
    """
    own = [sample for sample in samples if not is_alignment(sample)]
    rows = [sample for sample in own for _ in range(weight if is_by_people(sample) else 1)]
    long = _drawn([row for row in rows if len(row.turns) > 1], seed)
    rows += [row.model_copy(update={"turns": row.turns[-1:]}) for row in long[: round(alone_share * len(long))]]
    ours = _drawn([one for one in samples if is_alignment(one) for _ in range(weight)], seed)
    return [*rows, *_placed(ours, long, len(long) / max(1, len(rows)))]


def _placed(ours: Sequence[Sample], long: Sequence[Sample], share: float) -> list[Sample]:
    """Return our examples, of which as many come after something that was said before as of all that is learned.

    Else they would be all that ever comes first, and whatever comes first would be answered as plainly as they are.
    """
    after = round(share * len(ours))
    placed = [
        one.model_copy(update={"turns": (*before.turns[:-1], *one.turns)})
        for one, before in zip(ours[:after], cycle(long), strict=False)
    ]
    return [*placed, *ours[len(placed) :]]


def _drawn(rows: Sequence[Sample], seed: str) -> list[Sample]:
    """Return these in an order by chance."""
    ranked = [(rank(f"{seed}:{number}", row.id), row) for number, row in enumerate(rows)]
    return [row for _, row in sorted(ranked, key=lambda one: one[0])]


def telling(rows: Sequence[Row], by_people: Callable[[Row], bool]) -> list[Row]:
    """Return those rows that people wrote, where there are enough to judge by; else all.

    A liked reply is likelier to whoever said it than to anybody else, and said again by nobody else word for word: held
    against it, no other can be as good.

    >>> telling(["a!", "b", "c!", "d!"], lambda row: row.endswith("!")), telling(["a!", "b"], lambda row: "!" in row)
    (['a!', 'c!', 'd!'], ['a!', 'b'])
    """
    theirs = [row for row in rows if by_people(row)]
    return theirs if len(theirs) >= max(FEWEST, LEAST_SHARE * len(rows)) else list(rows)


def _most_of_one(samples: Iterable[Sample], weight: int) -> float:
    """Return how much of all answers, in characters or in number, the one has who has most."""
    number: Counter[str] = Counter()
    chars: Counter[str] = Counter()
    for sample in samples:
        times = weight if is_by_people(sample) else 1
        number[sample.author] += times
        chars[sample.author] += times * len(sample.answer)
    return max((of[who] / of.total() for of in (number, chars) for who in of if who), default=0.0)
