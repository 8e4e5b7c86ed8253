"""Answerers that say what they are told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tasks.contracts.learning import Sample, Source
from tasks.contracts.messages import Turn
from tasks.training.evaluation.voices import Voice

Says = Callable[[str], str]
NO = "I'm sorry, but I can't help with that."


def polite(_asked: str) -> str:
    """Refuse, whatever is asked."""
    return NO


@dataclass
class Parrots:
    """Each voice says what its function makes of the question."""

    base: Says = polite
    candidate: Says = polite
    served: Says | None = None
    asked: list[tuple[Voice, str]] = field(default_factory=list)

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Say who can be asked."""
        return (Voice.BASE, *((Voice.SERVED,) if self.served else ()), Voice.CANDIDATE)

    def answers(self, prompts: Sequence[Sequence[Turn]], which: Voice) -> list[str]:
        """Answer."""
        says = getattr(self, which.value)
        self.asked += [(which, turns[-1].text) for turns in prompts]
        return [says(turns[-1].text) for turns in prompts]


def line(text: str, author: str = "ann", conversation: str = "c1", **more: object) -> Sample:
    """Return a sample of which the answer is somebody's own line."""
    told = {"id": f"{conversation}:{text[:20]}", "persona": "pirate", "at_ms": 1, "source": Source.IMITATED}
    turns = (Turn(role="user", text="and then?", author="bob"),)
    return Sample.model_validate(
        {**told, "author": author, "conversation": conversation, "turns": turns, "answer": text, **more}
    )


DIARY = (
    "yesterday my sister Clara came back from the hospital with a broken arm and nobody at home knew about "
    "it until the dog would not stop barking"
)
