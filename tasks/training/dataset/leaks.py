"""Keeps what is judged by out of what is learned: no text of an answer that is held out stands in a sample. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from tasks.contracts.learning import Sample
from tasks.training.dataset.texts import text_hash


def answers(samples: Iterable[Sample]) -> frozenset[str]:
    """Return the hashes of the answers of samples."""
    return frozenset(text_hash(sample.answer) for sample in samples)


def apart(train: Sequence[Sample], held_out: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return both sides without what the other has.

    A stock reply stays with those that learn, for it tells how somebody speaks; it is not judged by then. Where that
    would take more than half of what is judged by, it stays there.
    """
    learned = frozenset(hash_ for sample in train for hash_ in _texts(sample))
    told = [sample for sample in held_out if text_hash(sample.answer) not in learned]
    if 2 * len(told) >= len(held_out):
        return list(train), told
    judged = answers(held_out)
    return [sample for sample in train if judged.isdisjoint(_texts(sample))], list(held_out)


def cleared(train: Iterable[Sample], held_out: Iterable[Sample]) -> list[Sample]:
    """Return what can be learned with that held out: earlier turns go, up to the last one that is such an answer."""
    judged = answers(held_out)
    rest = (sample for sample in train if judged.isdisjoint(_texts(sample)))
    return [_cut(sample, judged) for sample in rest]


def _texts(sample: Sample) -> tuple[str, str]:
    """Return the hashes of what cannot be cut out of a sample."""
    return text_hash(sample.answer), text_hash(sample.turns[-1].text)


def _cut(sample: Sample, judged: frozenset[str]) -> Sample:
    latest_first = reversed(sample.turns)
    fit = tuple(takewhile(lambda turn: text_hash(turn.text) not in judged, latest_first))
    return sample if len(fit) == len(sample.turns) else sample.model_copy(update={"turns": fit[::-1]})
