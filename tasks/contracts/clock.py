"""Time, as something that can be handed over: real in production, moved by hand in tests."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What code asks when it would otherwise call `time` itself."""

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic_s(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep the calling thread."""
        time.sleep(seconds)


class ManualClock:
    """A clock that a test moves; sleeping moves it too, so nothing really waits."""

    def __init__(self, start_s: float = 0.0) -> None:
        self.now_s = start_s

    def monotonic_s(self) -> float:
        """Return where the test has put the clock."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Jump ahead by `seconds`."""
        self.now_s += seconds
