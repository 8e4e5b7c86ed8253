"""A few examples that are mixed into whatever is learned: honest, refusing harm, saying when they do not know."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from tasks.contracts.learning import Sample, Source, sample_id
from tasks.contracts.messages import Turn, Value

FILE = Path(__file__).with_name("alignment.jsonl")
CONVERSATION = "alignment"
SHARE = 0.1
"""The most of what is learned that they are."""


class Kind(StrEnum):
    """What an example shows."""

    HONEST = "honest"
    REFUSES = "refuses"
    UNSURE = "unsure"


class Example(Value):
    """One line of the file."""

    language: str
    kind: Kind
    question: str
    answer: str


def examples() -> tuple[Example, ...]:
    """Return all that there are."""
    with FILE.open(encoding="utf-8") as lines:
        return tuple(Example.model_validate_json(line) for line in lines)


def alignment(persona: str) -> tuple[Sample, ...]:
    """Return them as samples of a persona; nobody wrote them but us, and they are of no time."""
    return tuple(
        Sample(
            id=sample_id(persona, Source.WRITTEN, CONVERSATION, example.question),
            persona=persona,
            conversation=CONVERSATION,
            at_ms=0,
            source=Source.WRITTEN,
            turns=(Turn(role="user", text=example.question),),
            answer=example.answer,
        )
        for example in examples()
    )


def is_alignment(sample: Sample) -> bool:
    """Return whether a sample is one of these."""
    return sample.conversation == CONVERSATION and sample.source is Source.WRITTEN


def room(others: int, share: float = SHARE) -> int:
    """Return how many may join so many others, so that they are no more than their share of all.

    >>> room(90), room(9), room(8)
    (10, 1, 0)
    """
    return int(others * share / (1 - share) + 1e-9)
