"""Who is asked in an evaluation, and how it is shown what was said."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from tasks.contracts.learning import Sample
from tasks.contracts.messages import Turn
from tasks.training.evaluation.likelihood import Likelihood


class Voice(StrEnum):
    """Who answers."""

    BASE = "base"
    SERVED = "served"
    """The base with the adapter that the persona has now."""
    CANDIDATE = "candidate"
    """The base with the one that may take its place."""


class Chat(Protocol):
    """How a model is shown what was said: its chat template."""

    def asked(self, turns: Sequence[Turn]) -> list[int]:
        """Return the tokens of these turns, up to where the answer begins."""
        ...

    def answered(self, sample: Sample) -> tuple[list[int], list[int]]:
        """Return the tokens of a sample, and beside each whether it is of the answer (1) or not (0)."""
        ...


class Voices(Protocol):
    """Answers with each adapter and without; see `answering.Answering`."""

    voices: tuple[Voice, ...]
    """Who can be asked."""

    def answers(self, prompts: Sequence[Sequence[Turn]], which: Voice) -> list[str]:
        """Return the likeliest answer to each prompt, whose last turn is what is answered."""
        ...

    def nll(self, samples: Sequence[Sample], which: Voice) -> list[Likelihood]:
        """Return how likely the answer of each sample is, given what was said before it."""
        ...
