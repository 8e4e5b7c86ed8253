"""What is shown of training: runs and adapters, as the ledger has them for pages and commands on any machine."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tasks.contracts.learning import Course, Metric, Objection, StepName
from tasks.contracts.messages import Name, Value

MOST_WORDS_CHARS = 1_000
MOST_SAMPLES, MOST_POINTS, MOST_ADAPTERS = 20, 400, 200
Words = Annotated[str, Field(max_length=MOST_WORDS_CHARS)]
Share = Annotated[float, Field(ge=0, le=1)]
Millis = Annotated[int, Field(ge=0)]


class RunCard(Value):
    """One run, as a list of runs shows it."""

    run: Name
    persona: Name
    model: Name
    course: Course
    step: StepName
    """Where it is, or where it ended."""
    share: Share = 0.0
    """Of that step, that is done."""
    words: Words = ""
    """What it is doing, or why it ended."""
    by: str = ""
    began_ms: Millis
    ended_ms: Millis = 0
    """0: it has not."""
    version: str = ""
    """Of the adapter that came of it."""


class Point(Value):
    """A figure of training at a step of it."""

    step: int = Field(ge=0)
    value: float


class SideBySide(Value):
    """One prompt, and what is answered to it with and without the adapter."""

    prompt: Words
    base: Words
    served: Words = ""
    candidate: Words
    wanted: Words = ""
    """What a person said there."""


class RunReport(Value):
    """All that is shown of one run."""

    card: RunCard
    sources: dict[str, int] = Field(default_factory=dict)
    """How many samples there were, by why they are worth learning from."""
    dropped: dict[str, int] = Field(default_factory=dict)
    """How many were left out, by why."""
    loss: Annotated[tuple[Point, ...], Field(max_length=MOST_POINTS)] = ()
    metrics: tuple[Metric, ...] = ()
    objections: tuple[Objection, ...] = ()
    unrated: bool = False
    samples: Annotated[tuple[SideBySide, ...], Field(max_length=MOST_SAMPLES)] = ()
    took_s: dict[str, float] = Field(default_factory=dict)
    """How long each step took."""


class AdapterCard(Value):
    """One adapter that is kept."""

    version: Name
    created_ms: Millis
    parents: tuple[str, ...] = ()
    run: str = ""
    by: str = ""
    promoted_ms: Millis = 0
    """When it was first served to all; 0: never."""
    flagged: Words = ""
    """Why it is not to be served any longer; empty: nothing is wrong."""
    perplexity: float | None = None
    score: float | None = None
    """What people thought of it, 1 to 5; None: too few of them said so."""
    replies: int = Field(default=0, ge=0)
    out: str = ""
    """What took it out of service: `demoted` from a trial, or `rolled back`; empty: nothing, or it serves again."""
    out_ms: Millis = 0
    out_words: Words = ""
    """Why."""
