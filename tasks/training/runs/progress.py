"""How far a run is, in a file of its folder, for whoever looks: the terminal, the page."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.learning import StepName
from tasks.contracts.messages import Value

PROGRESS_FILE = "progress.json"
EVERY_S = 0.5  # a step may say what it does at every sample


class Progress(Value):
    """What a run does now, or did last."""

    step: StepName
    number: int = Field(ge=1)
    """Of the step, among `of`."""
    of: int = Field(ge=1)
    doing: str = ""
    share: float = Field(default=0.0, ge=0, le=1)
    """How much of the step is done."""
    at_ms: int = Field(ge=0)

    @property
    def whole(self) -> float:
        """How much of the run is done, 0 to 1, each step counted alike."""
        return (self.number - 1 + self.share) / self.of


class Telling:
    """Tells of one run, no more often than somebody could look. That nobody can be told ends nothing."""

    def __init__(
        self,
        folder: Path,
        steps: Sequence[StepName],
        now_ms: Callable[[], int],
        also: Callable[[Progress], None] = lambda _: None,
        clock: Clock | None = None,
    ) -> None:
        """`also` hears whatever is told."""
        self._folder, self._steps, self._now_ms, self._also = folder, tuple(steps), now_ms, also
        self._clock = clock or SystemClock()
        self._step = self._steps[0]
        self._told_s: float | None = None

    def begin(self, step: StepName) -> None:
        """Tell that a step begins."""
        self._step, self._told_s = step, None
        self.say("", 0.0)

    def say(self, doing: str, share: float) -> None:
        """Tell what is being done and how much of the step is done: at once, or with the next word after a moment."""
        now_s = self._clock.monotonic_s()
        if self._told_s is not None and now_s - self._told_s < EVERY_S and share < 1:
            return
        self._told_s = now_s
        said = Progress(
            step=self._step,
            number=self._steps.index(self._step) + 1,
            of=len(self._steps),
            doing=doing,
            share=min(max(float(share), 0.0), 1.0),
            at_ms=self._now_ms(),
        )
        with contextlib.suppress(OSError):  # a full disk is told by whoever writes what counts
            _replace(self._folder / PROGRESS_FILE, said.model_dump_json())
        self._also(said)


def read(folder: Path) -> Progress | None:
    """Return how far a run is; None: it has not begun."""
    try:
        return Progress.model_validate_json((folder / PROGRESS_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _replace(path: Path, content: str) -> None:
    """Put a file in place whole, without waiting for the disk: what a power cut takes of it nobody misses."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(content, "utf-8")
    fresh.replace(path)
