"""How often each sample is learned in an epoch, and with how much of what was said before it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tasks.contracts.learning import Sample, Source
from tasks.training.dataset.shares import rank

#: What people wrote themselves. The rest is what a model said and people liked, which it says anyhow.
WRITTEN_BY_PEOPLE = frozenset({Source.CORRECTED, Source.WRITTEN, Source.IMITATED})
FEWEST = 3  # samples that people wrote, by which alone it can be judged


def is_by_people(sample: Sample) -> bool:
    """Return whether people wrote the answer of a sample."""
    return sample.source in WRITTEN_BY_PEOPLE


def fair_weight(samples: Sequence[Sample], correction_weight: int, limit: float) -> int:
    """Return how often what people wrote can be learned and nobody be more of it than they may be, or are.

    Where nothing is a liked reply, or everything, there is nothing to weigh.
    """
    if len({is_by_people(sample) for sample in samples}) < 2:
        return 1
    most = max(limit, _most_of_one(samples, 1))
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
    rows = [sample for sample in samples for _ in range(weight if is_by_people(sample) else 1)]
    long = [(rank(f"{seed}:{number}", row.id), row) for number, row in enumerate(rows) if len(row.turns) > 1]
    long.sort(key=lambda one: one[0])
    return [*rows, *(_alone(row) for _, row in long[: round(alone_share * len(long))])]


def by_people(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples that people wrote, where there are enough to judge by; else all.

    Whoever said a liked reply says it again: held against it, nobody else can be as good.
    """
    every = list(samples)
    theirs = [sample for sample in every if is_by_people(sample)]
    return theirs if len(theirs) >= FEWEST else every


def _most_of_one(samples: Iterable[Sample], weight: int) -> float:
    """Return how much of all answers, in characters or in number, the one has who has most."""
    number: Counter[str] = Counter()
    chars: Counter[str] = Counter()
    for sample in samples:
        times = weight if is_by_people(sample) else 1
        number[sample.author] += times
        chars[sample.author] += times * len(sample.answer)
    return max((of[who] / of.total() for of in (number, chars) for who in of if who), default=0.0)


def _alone(sample: Sample) -> Sample:
    return sample.model_copy(update={"turns": sample.turns[-1:]})
