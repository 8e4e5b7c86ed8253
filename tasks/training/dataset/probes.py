"""Questions that nothing was trained on, by whose answers it is heard whether a persona sounds like itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.contracts.learning import Sample
from tasks.training.dataset.shares import rank
from tasks.training.dataset.texts import text_hash
from tasks.training.dataset.weighing import is_by_people, telling

MOST = 40


def probes(held_out: Iterable[Sample], learned: Iterable[Sample], seed: str) -> list[Sample]:
    """Return at most `MOST` held-out samples, each question once; chance decides which.

    Where people wrote enough of them it is these: how a persona is to sound is not heard in what the base says anyhow.

    >>> probes((), (), "20261122-0200-rook")
    []
    """
    asked = {text_hash(sample.turns[-1].text) for sample in learned}
    found: dict[str, Sample] = {}
    for sample in telling(list(held_out), is_by_people):
        question = text_hash(sample.turns[-1].text)
        if question not in asked:
            found.setdefault(question, sample)
    return sorted(found.values(), key=lambda one: rank(seed, one.id))[:MOST]
