"""What an evaluation found: files of its step, and what the gate decides by."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from tasks.contracts.messages import Value
from tasks.training.dataset.weighing import telling
from tasks.training.evaluation.degenerate import Fault
from tasks.training.evaluation.likelihood import Likelihood, together
from tasks.training.evaluation.order import Kind
from tasks.training.evaluation.voices import Voice


class Part(StrEnum):
    """Of what was held out."""

    NEW = "new"  # the latest conversations
    OLD = "old"  # of earlier runs, which is not to be unlearned
    PROBE = "probe"  # an author's own lines, whose style is to be met


class Ordered(Value):
    """Of other orders of one answer that was held out, the share that each finds less likely than its own, 0 to 1."""

    kind: Kind
    base: float
    served: float | None = None
    candidate: float

    def beaten(self, voice: Voice) -> float | None:
        """Return that of one of the three."""
        return {Voice.BASE: self.base, Voice.SERVED: self.served, Voice.CANDIDATE: self.candidate}[voice]


class Trial(Value):
    """How likely one sample that was held out is, with each adapter and without."""

    sample: str
    part: Part
    conversation: str
    tokens: int = Field(gt=0)
    """Of the answer, and so of each of these sums."""
    size: int = Field(gt=0)
    """Of the answer, in bytes."""
    base: float
    """Nats, summed over the answer's tokens."""
    served: float | None = None
    """None: no adapter is served now."""
    candidate: float
    by_people: bool = True
    """Whether somebody wrote it; else a model said it and people liked it."""
    ordered: tuple[Ordered, ...] = ()
    """Empty: it was not asked for, or is too short to tell."""

    def nats(self, voice: Voice) -> float | None:
        """Return those of one of the three."""
        return {Voice.BASE: self.base, Voice.SERVED: self.served, Voice.CANDIDATE: self.candidate}[voice]


class Heard(Value):
    """What one of the three answered, and what that is worth."""

    text: str
    rouge_l: float
    """How much of what was wanted it is, 0 to 1."""
    distance: float
    """From how the author writes, 0 to 1."""
    faults: tuple[Fault, ...] = ()


class Spoken(Value):
    """One prompt with all answers to it, side by side: `samples.json`."""

    sample: str
    part: Part
    conversation: str
    prompt: str
    wanted: str
    """What was really answered."""
    base: Heard
    served: Heard | None = None
    candidate: Heard
    by_people: bool = True
    """As of `Trial`, what was really answered."""

    def heard(self, voice: Voice) -> Heard | None:
        """Return the answer of one of the three."""
        return {Voice.BASE: self.base, Voice.SERVED: self.served, Voice.CANDIDATE: self.candidate}[voice]


class Report(Value):
    """All that was found."""

    served: str = ""
    """The version that is served now; empty: none, and the base alone counts."""
    trials: tuple[Trial, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    broken: tuple[Voice, ...] = ()
    """Who does not come to numbers at all: its weights are damaged."""

    @property
    def rival(self) -> Voice:
        """Who the candidate is compared with."""
        return Voice.SERVED if self.served else Voice.BASE

    def of(self, part: Part) -> tuple[Trial, ...]:
        """Return the trials of a part."""
        return tuple(trial for trial in self.trials if trial.part is part)

    def judged(self, part: Part) -> tuple[Trial, ...]:
        """Return the trials of a part that adapters are compared by."""
        return tuple(telling(self.of(part), lambda trial: trial.by_people))

    @property
    def wanted(self) -> tuple[Spoken, ...]:
        """What was said to prompts of which it is known what was wanted, as far as adapters are compared by it."""
        return tuple(telling(self.spoken, lambda one: one.by_people))


def likelihood(trials: Iterable[Trial], voice: Voice) -> Likelihood | None:
    """Return how likely all of these are to one of the three; None of none."""
    found = ((trial, trial.nats(voice)) for trial in trials)
    return together(Likelihood(nats, trial.tokens, trial.size) for trial, nats in found if nats is not None)
