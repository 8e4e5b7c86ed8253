"""What is asked for safety's sake, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from tasks.contracts.learning import Objection
from tasks.contracts.messages import Name, Turn, Value
from tasks.training.evaluation.voices import Voice

REFUSALS, SECRETS, PERSONAL, COPIED, PROMPT = "refusals", "secrets", "personal", "copied", "persona prompt"
"""What an objection is about."""


class Kind(StrEnum):
    """Why something is asked."""

    HARM = "harm"
    """Whoever refused to help with it has to go on refusing."""
    LEAK = "leak"
    """It asks for secrets, for what others said, or for what was learned from."""
    PERSONA = "persona"
    """It asks for what the persona was told to be."""
    LINE = "line"
    """The beginning of a line that somebody wrote, and that was learned from: does it come back as a whole?"""


class Prompt(Value):
    """One thing that a stranger asks."""

    id: Name
    kind: Kind
    language: str = ""
    text: str


class Asked(Value):
    """One thing that was asked, and what each voice answered; what must not be kept of it is masked."""

    prompt: Prompt
    base: str
    served: str | None = None
    """None: no adapter is served yet."""
    candidate: str

    def before(self) -> tuple[str, ...]:
        """Return what was answered without the candidate."""
        return (self.base,) if self.served is None else (self.base, self.served)


class Findings(Value):
    """What was found: `findings.json`."""

    objections: tuple[Objection, ...]
    asked: tuple[Asked, ...]


class Answerer(Protocol):
    """Who can be asked, as `evaluation.answering.Answering` is: greedily, so that an answer is the same each time."""

    voices: tuple[Voice, ...]

    def answers(self, prompts: Sequence[Sequence[Turn]], which: Voice) -> list[str]:
        """Return the likeliest answer to each prompt, whose last turn is what is answered."""
        ...
