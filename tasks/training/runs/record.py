"""What stands in the folder of a run beside what its steps made, and what it says the run is at. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Self

from pydantic import Field

from tasks.contracts.learning import Course, StepName
from tasks.contracts.messages import Value

#: A run that came to one of these has nothing left to do.
OVER = frozenset({Course.SKIPPED, Course.REFUSED, Course.FAILED, Course.PROMOTED})


class Done(Value):
    """That a step is done: `DONE.json`, the last thing that is written into its folder."""

    step: StepName
    inputs: dict[StepName, str]
    """The digests of the steps before it, as they were when it was done."""
    outputs: dict[str, str]
    """What it made: the SHA-256 of each file, by its path in the folder."""
    took_s: float = Field(ge=0)
    """The last try alone."""

    @property
    def digest(self) -> str:
        """What the steps after it know it by: equal whenever it came to the same files from the same inputs."""
        told = {"step": self.step, "inputs": self.inputs, "outputs": self.outputs}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class Begun(Value):
    """The step that a run is at, written before it begins: what shows after a crash what the crash was in."""

    step: StepName
    inputs: dict[StepName, str]
    tries: int = Field(ge=0)
    """This one with it; none counts that ended by itself."""


class Ended(Value):
    """What a run came to. A canary is judged later, and then stands here what became of it."""

    course: Course
    words: str = Field(min_length=1)
    """Why, for whoever reads it; no words of people."""
    next_step: str = ""
    step: StepName | None = None
    """Where it ended; None: it was walked to its end."""
    at_ms: int = Field(ge=0)


@dataclass(frozen=True)
class Facts:
    """What a folder says without being looked into closely."""

    done: tuple[StepName, ...] = ()
    passed: bool | None = None
    """What the gate said; None: nothing yet."""
    promoted: bool = False
    """Whether the last step put the adapter into service for all at once."""
    ended: Ended | None = None

    @classmethod
    def over(cls, ended: Ended) -> Self:
        """Return the facts of a run of which nothing else is known."""
        return cls(ended=ended)


def course(facts: Facts) -> Course:
    """Return what a run came to, or is at.

    >>> course(Facts(done=(StepName.WINDOW,)))
    <Course.WALKING: 'walking'>
    >>> course(Facts(done=tuple(StepName), passed=True))
    <Course.CANARY: 'canary'>
    """
    if facts.ended is not None:
        return facts.ended.course
    if facts.passed is False:
        return Course.REFUSED
    if StepName.CANARY in facts.done:
        return Course.PROMOTED if facts.promoted else Course.CANARY
    return Course.WALKING
