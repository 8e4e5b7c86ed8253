"""Whether one model on one host may be given jobs, judged by how the last ones went. Pure: the time is handed in.

One failure is enough for probation: one job at a time until one is answered. Several in a row open the breaker: then
nobody is sent there until it has cooled down and given one token. That closes it, on probation; the next failure opens
it again, for twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tasks.contracts.errors import (
    EngineError,
    EngineOverloaded,
    EngineStalled,
    RookeryError,
)

ON_PROBATION = 1.0  # failures
JITTER_SHARE = 0.2  # of a cool-down that chance adds, so that hosts that failed together do not return together
LOOK_S, LOOK_CAP_S = 0.25, 2.0  # between two looks at an engine that was gone, doubling
MOST_DOUBLINGS = 16  # far beyond any cap, and short of overflow


class Standing(StrEnum):
    """What may be sent there."""

    TRUSTED = "trusted"
    PROBATION = "probation"
    OPEN = "open"


class Permission(StrEnum):
    """What the next one who has a job may do."""

    GO = "go"
    LOOK = "look"  # ask first whether the engine is there and has the model
    PROBE = "probe"  # have it say one token first
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a breaker opens, and for how long."""

    failures: float = 5.0
    cool_down_s: float = 10.0
    longest_cool_down_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one; every change is a new one."""

    failures: float = 0.0
    """In a row; one that was only busy counts half."""
    openings: int = 0
    """Since the last answer."""
    since_s: float = 0.0
    """When it failed last. What was begun before that and fails too belongs to the same incident."""
    until_s: float = 0.0
    """Nothing is sent before."""
    gone: bool = False
    """It must say that it is there before it gets another job."""
    opened: bool = False

    @property
    def standing(self) -> Standing:
        """What may be sent there."""
        if self.opened:
            return Standing.OPEN
        return Standing.PROBATION if self.failures >= ON_PROBATION else Standing.TRUSTED

    def permission(self, at_work: int, now_s: float) -> Permission:
        """Return what whoever has a job may do while `at_work` others are at work or looking."""
        if self.standing is Standing.TRUSTED and not self.gone:
            return Permission.GO
        if now_s < self.until_s or at_work:
            return Permission.WAIT
        if self.opened:
            return Permission.PROBE
        return Permission.LOOK if self.gone else Permission.GO

    def answered(self) -> Breaker:
        """Return the breaker after a whole answer: everything is forgiven."""
        return Breaker()

    def probed(self, limits: Limits) -> Breaker:
        """Return the breaker after one token: closed, and one failure from being opened again."""
        return replace(self, opened=False, gone=False, failures=max(ON_PROBATION, limits.failures - 1))

    def seen(self) -> Breaker:
        """Return the breaker after the engine has said that it is there and has the model."""
        return replace(self, gone=False)

    def failed(
        self, weight: float, began_s: float, now_s: float, limits: Limits, *, gone: bool = False, chance: float = 0.0
    ) -> Breaker:
        """Return the breaker after a failure of what began at `began_s`; `chance` in 0…1 lengthens a cool-down."""
        if weight <= 0 or (self.since_s and began_s < self.since_s):
            return replace(self, gone=self.gone or gone)
        failures = self.failures + weight
        if not self.opened and failures < limits.failures:
            wait_s = min(LOOK_CAP_S, LOOK_S * 2 ** min(int(failures) - 1, MOST_DOUBLINGS)) if gone else 0.0
            return replace(
                self, failures=failures, since_s=now_s, gone=self.gone or gone, until_s=now_s + max(0.0, wait_s)
            )
        cool_down_s = cool_down(self.openings, chance, limits)
        return Breaker(failures, self.openings + 1, now_s, now_s + cool_down_s, gone=True, opened=True)


def cool_down(openings: int, chance: float, limits: Limits) -> float:
    """Return how long a breaker stays open that was opened `openings` times before.

    >>> cool_down(0, 0.0, Limits()), cool_down(1, 0.0, Limits()), cool_down(9, 1.0, Limits())
    (10.0, 20.0, 360.0)
    """
    doubled_s = limits.cool_down_s * 2.0 ** min(openings, MOST_DOUBLINGS)
    return float(min(doubled_s, limits.longest_cool_down_s) * (1 + JITTER_SHARE * chance))


def weight_of(error: RookeryError, *, in_time: bool = True) -> float:
    """Return how much an error counts against the engine: what is the job's own fault does not count.

    An engine that was only busy counts half, and so does one that was at work when the job's time was over.

    >>> from tasks.contracts.errors import ContextExceeded, EngineUnavailable
    >>> weight_of(EngineUnavailable("gone")), weight_of(EngineOverloaded("busy")), weight_of(ContextExceeded("long"))
    (1.0, 0.5, 0.0)
    """
    if not isinstance(error, EngineError):
        return 0.0
    if isinstance(error, EngineOverloaded) or type(error) is EngineError:
        return 0.5
    return 0.5 if isinstance(error, EngineStalled) and not in_time else 1.0
