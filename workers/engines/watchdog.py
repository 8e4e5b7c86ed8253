"""Says when an answer has taken too long: in all, or since its last sign of life. Pure: the time is handed in."""

from __future__ import annotations

from tasks.contracts.errors import EngineStalled
from tasks.services import Patience


class Watchdog:
    """Measures one answer against the patience of whoever waits for it."""

    def __init__(self, patience: Patience, now_s: float) -> None:
        self._patience = patience
        self._ends_s = now_s + patience.total_s
        self._quiet_s = patience.no_progress_s + patience.prefill_s
        self._last_sign_s = now_s

    def progress(self, now_s: float) -> None:
        """Note a sign of life: a token, of the answer or of the thinking before it."""
        self._last_sign_s = now_s
        self._quiet_s = self._patience.no_progress_s

    def left_s(self, now_s: float) -> float:
        """Return how long `check` may be put off."""
        return min(self._ends_s, self._last_sign_s + self._quiet_s) - now_s

    def check(self, now_s: float) -> None:
        """Raise EngineStalled when either patience has run out."""
        if now_s >= self._ends_s:
            raise EngineStalled(
                f"no complete answer within {self._patience.total_s:g} s",
                next_step="allow more time, fewer tokens, or use a faster host",
            )
        if now_s - self._last_sign_s >= self._quiet_s:
            raise EngineStalled(
                f"no token for {self._quiet_s:g} s", next_step="look into the log of the inference server"
            )
