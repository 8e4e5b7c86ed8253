"""What is learned, and what is held back to judge by: whole conversations, the latest ones. Pure.

Some conversations never end: a channel is one for years. Where whole ones cannot be told apart, a conversation ends
where nobody said anything for `SILENCE_MS`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.contracts.errors import TrainingSkipped
from tasks.contracts.learning import Sample, Source

SILENCE_MS = 6 * 3_600_000
MOST_HELD_OUT = 0.5  # of the new samples


class Unit(StrEnum):
    """What is held out as a whole."""

    CONVERSATION = "conversation"
    STRETCH = "stretch"
    """Of a conversation: what was said without a long silence."""


@dataclass(frozen=True)
class Split:
    """Samples on two sides; nothing is on both."""

    train: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    replayable: tuple[Sample, ...]
    """Of those that were learned before: what is of no conversation that is held out."""
    unit: Unit


Key = tuple[str, int]


def split(new: Sequence[Sample], frozen: Sequence[Sample], learned: Sequence[Sample], share: float) -> Split:
    """Hold out the latest of what is new, and whatever belongs to what was held out before.

    Args:
        new: what there is to learn.
        frozen: what earlier runs held out; of it and of its conversations nothing is learned.
        learned: what earlier runs learned.
        share: how much of the new samples is to be held out.

    Raises:
        TrainingSkipped: they are all of one conversation, or of such as were held out before.
    """
    for unit in Unit:
        keys = _keys([*new, *frozen, *learned], unit)
        held = _held(new, {keys[sample.id] for sample in frozen}, keys, share)
        if held:
            return Split(
                train=tuple(sample for sample in new if keys[sample.id] not in held),
                held_out=tuple(sample for sample in new if keys[sample.id] in held),
                replayable=tuple(sample for sample in learned if keys[sample.id] not in held),
                unit=unit,
            )
    raise TrainingSkipped(
        f"the {len(new)} new samples cannot be divided into some to learn from and some to judge by: "
        "they are of one conversation without a pause",
        next_step="wait for more conversations, or begin another one with /reset",
    )


def _held(new: Sequence[Sample], before: set[Key], keys: dict[str, Key], share: float) -> set[Key]:
    """Return which conversations are held out; none: it cannot be done."""
    groups = _groups(new, keys)
    sizes = {key: len(theirs) for key, theirs in groups.items()}
    most, wanted = int(len(new) * MOST_HELD_OUT), math.ceil(len(new) * share)
    held = before & set(groups)
    count = sum(sizes[key] for key in held)
    if count > most:
        return set()
    for key in sorted(set(_judged_by(groups)) - held, key=_lateness(groups), reverse=True):
        if count >= wanted:
            break
        if count + sizes[key] <= most:
            held.add(key)
            count += sizes[key]
    return held | before if count else set()


def _judged_by(groups: dict[Key, list[Sample]]) -> list[Key]:
    """Return what may be held out: examples written by hand only where there is nothing else."""
    said = [key for key, theirs in groups.items() if any(one.source is not Source.WRITTEN for one in theirs)]
    return said or list(groups)


def _groups(samples: Sequence[Sample], keys: dict[str, Key]) -> dict[Key, list[Sample]]:
    groups: defaultdict[Key, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[keys[sample.id]].append(sample)
    return groups


def _lateness(groups: dict[Key, list[Sample]]) -> Callable[[Key], tuple[int, Key]]:
    return lambda key: (max(sample.at_ms for sample in groups[key]), key)


def _keys(samples: Sequence[Sample], unit: Unit) -> dict[str, Key]:
    """Return to which conversation, or part of one, each sample belongs, by its id."""
    keys: dict[str, Key] = {}
    number, last = 0, ("", 0)
    for sample in sorted(samples, key=lambda one: (one.conversation, one.at_ms, one.id)):
        conversation, at_ms = last
        if sample.conversation != conversation:
            number = 0
        elif unit is Unit.STRETCH and sample.at_ms - at_ms > SILENCE_MS:
            number += 1
        last = (sample.conversation, sample.at_ms)
        keys[sample.id] = (sample.conversation, number)
    return keys
