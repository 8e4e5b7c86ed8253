"""What a run is given, and what a step is: every step of `tasks.training` is written against these."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from tasks.contracts.entries import Model
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import StepName
from tasks.contracts.messages import Name, Value
from tasks.contracts.notices import Notice
from tasks.contracts.personas import Persona
from tasks.contracts.sections import Training
from tasks.contracts.settings import Settings
from tasks.jobs.store import Store
from tasks.training.abilities import Registry

BEAT, OPERATOR, UNLEARNING = "beat", "operator", "unlearning"
RunName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,120}$")]
"""As `20261122-0200-pirate`: it is the name of a folder, too."""


class Interrupted(Exception):
    """A step was told to end: it kept what it needs to go on, and is not done."""


class RunSpec(Value):
    """What a run was told when it began: `run.json` in its folder, written once and never changed."""

    run: RunName
    persona: Persona
    """As it was when the run began."""
    model: Name
    """The name of its model."""
    training: Training
    """`[training]`, as it was when the run began."""
    until_ms: int = Field(ge=0)
    """What came later is for the next run."""
    by: str = BEAT
    """Or `operator`, or `unlearning` where what is served knows what it may not: then what passes the gate is promoted
    at once, without a canary."""
    without: tuple[str, ...] = ()
    """Ids of samples that must not be learned from, for they were forgotten."""


def no_weights(model: Model) -> Path:
    """Raise ConfigurationError: whoever built the workshop said nothing about files of models."""
    raise ConfigurationError(
        f"model {model.name!r}: its file is not known here", next_step="name its `checkpoint` in rookery.toml"
    )


@dataclass(frozen=True)
class Workshop:
    """What every step may ask for; `workers.boot` builds it."""

    settings: Callable[[], Settings]
    """What the file of settings says now."""
    store: Store
    transcript_url: str
    registry: Registry
    notify: Callable[[Notice], None]
    say: Callable[[str, float], None]
    """Tells whoever looks what is being done, and how much of the step is done (0 to 1)."""
    ending: threading.Event
    """Set once this worker is to end: a step that takes long keeps a checkpoint and raises `Interrupted`."""
    weights: Callable[[Model], Path] = field(default=no_weights)
    """Returns the GGUF file of a model, which is made where it is the packaged one; raises ConfigurationError."""


@dataclass(frozen=True)
class Run:
    """What a step is given: its run, where that is, and what it may ask for."""

    spec: RunSpec
    folder: Path
    """`<training_dir>/runs/<run>`."""
    workshop: Workshop

    def of(self, step: StepName) -> Path:
        """Return the folder of another step. Those before the one that asks are done."""
        return self.folder / step.value


class Step(Protocol):
    """One step of a run. It writes only below the folder that it is given, and is done when it returns.

    Walked again after its end was not seen, it has to come to the same files.
    """

    @property
    def name(self) -> StepName:
        """Which step this is, and so the name of its folder."""
        ...

    @property
    def resumes(self) -> bool:
        """Whether it goes on from what a try that was killed left in its folder; else that is emptied first."""
        ...

    def work(self, run: Run, out: Path) -> None:
        """Do it, and write what comes of it below `out`.

        Raises:
            TrainingSkipped: there is nothing to learn from; the run ends here, and nothing is wrong.
            Interrupted: the worker is to end; the step goes on later.
            RetryableError: it may work later; the run goes on then.
            RookeryError: it never will; the run has failed.
        """
        ...
