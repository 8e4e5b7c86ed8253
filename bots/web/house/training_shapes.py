"""What the glass box tells of training. Runs and adapters are told as the ledger has them: see `contracts.learned`.

GET /api/training              → TrainingShape   who learns, what answers for them, their adapters; the runs
GET /api/training/runs/{run}   → RunShape        all that is shown of one run, with prompts of people
"""

from __future__ import annotations

from typing import Literal

from tasks.contracts.canary import Served
from tasks.contracts.learned import AdapterCard, RunCard, RunReport
from tasks.contracts.messages import Value


class LearnerShape(Value):
    """A persona that learns, or that has learned."""

    name: str
    model: str
    """Empty: no such persona is configured any more."""
    learns: Literal["nothing", "liked", "imitate"]
    """What it learns from by night."""
    pauses: str
    """Why it does not just now, although it should; empty: it does, or should not."""
    waits_for_people: bool
    """Whether no adapter of it is served before people have rated it."""
    served: Served
    adapters: tuple[AdapterCard, ...]
    """The newest first."""


class RunShape(RunReport):
    """All that is shown of one run."""

    called: dict[str, str]
    """What its figures and objections are called, by their names."""


class TrainingShape(Value):
    """Who learns, and what came of it."""

    personas: tuple[LearnerShape, ...]
    runs: tuple[RunCard, ...]
    """The latest first."""
