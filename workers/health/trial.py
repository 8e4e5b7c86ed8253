"""One try of a job under observation: its patience as long as this engine needs, its pace while it streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from tasks.contracts.messages import Usage
from tasks.services import Completion, Patience, Piece
from workers.health.pace import Lap, Pace, Stride


class Failed(Protocol):
    """Takes what a try failed of, and when that try began."""

    def __call__(self, error: RookeryError, began_s: float, *, in_time: bool) -> None:
        """Take it."""
        ...


class EngineTrial:
    """See `tasks.services.Trial`."""

    def __init__(
        self, clock: Clock, pace: Pace, wedged_share: float, answered: Callable[[Lap], None], failed: Failed
    ) -> None:
        self._clock, self._pace, self._share = clock, pace, wedged_share
        self._tell_answered, self._tell_failed = answered, failed
        self._began_s = clock.monotonic_s()
        self._first_s: float | None = None
        self._ended_s: float | None = None
        self._letters = 0
        self._usage = Usage()
        self._stride: Stride | None = None

    def patience(self, assumed: Patience, prompt_tokens: int) -> Patience:
        """Begin, and return how patient to be."""
        self._began_s = self._clock.monotonic_s()
        self._stride = Stride(self._pace.usual_letters_per_s, self._share, assumed.no_progress_s)
        return replace(assumed, prefill_s=self._pace.prefill_s(prompt_tokens, assumed.prefill_s))

    def saw(self, item: Piece | Completion) -> None:
        """Note what came. Raises EngineWedged when the answer only creeps."""
        now_s = self._clock.monotonic_s()
        if isinstance(item, Completion):
            self._usage, self._ended_s = item.usage, now_s
            return
        if item.text and self._first_s is None:
            self._first_s = now_s
        self._letters += len(item.text)
        if self._stride is not None:
            self._stride.saw(len(item.text), now_s)

    def answered(self) -> None:
        """Note that the answer is whole."""
        ended_s = self._clock.monotonic_s() if self._ended_s is None else self._ended_s
        first_s = ended_s if self._first_s is None else self._first_s
        self._tell_answered(Lap(self._usage, self._letters, self._began_s, first_s, ended_s))

    def failed(self, error: RookeryError, *, in_time: bool) -> None:
        """Note that it is none, and why; `in_time` says whether the job had time left."""
        self._tell_failed(error, self._began_s, in_time=in_time)
