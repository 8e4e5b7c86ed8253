"""What a supervisor knows of a child: its phase, its record over all restarts, its backoff, why it died."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import StrEnum

from tasks.contracts.errors import ProcessFailed
from workers.supervision.child import BACKOFF_CAP_S, HEALTHY_S, Child, ChildSpec
from workers.supervision.childlog import ChildLog

BACKOFF_BASE_S = 0.5
#: The share of a backoff that chance may take off, so that children that died together do not return together.
JITTER_SHARE = 0.2


class Phase(StrEnum):
    """Where a child is. One that was removed and has ended is in no phase: it is no longer listed."""

    WAITING = "waiting"  # for its backoff, or for a child that it needs
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class ChildState:
    """What is known of one child. `failures` counts the deaths since it was last healthy, `starts` all its starts."""

    name: str
    phase: Phase
    pid: int | None
    starts: int
    failures: int
    exit_code: int | None
    ready_in_s: float | None
    essential: bool


def backoff_s(failures: int, jitter: float, cap_s: float = BACKOFF_CAP_S) -> float:
    """Return how long to wait before the next start after `failures` deaths in a row, `jitter` being in 0…1."""
    if failures <= 0:
        return 0.0
    doublings = min(failures - 1, 16)  # far beyond the cap, and short of overflow
    return float(min(cap_s, BACKOFF_BASE_S * 2**doublings)) * (1.0 - JITTER_SHARE * jitter)


def failures_after(failures: int, ready_for_s: float, healthy_s: float = HEALTHY_S) -> int:
    """Return the count of deaths in a row once a child has died that had been ready for `ready_for_s`."""
    return 1 if ready_for_s >= healthy_s else failures + 1


@dataclass(slots=True)
class Slot:
    """One child over all its restarts. `then` is what takes its place once it has stopped."""

    spec: ChildSpec
    log: ChildLog
    phase: Phase = Phase.WAITING
    child: Child | None = None
    starts: int = 0
    failures: int = 0
    not_before_s: float = 0.0
    started_s: float = 0.0
    ready_s: float | None = None
    kill_at_s: float = 0.0
    exit_code: int | None = None
    error: ProcessFailed | None = None
    then: ChildSpec | None = None


def state_of(slot: Slot) -> ChildState:
    """Return what may be told of a child."""
    ready_in_s = None if slot.ready_s is None else slot.ready_s - slot.started_s
    pid = slot.child.pid if slot.child else None
    essential = slot.spec.essential
    return ChildState(
        slot.spec.name, slot.phase, pid, slot.starts, slot.failures, slot.exit_code, ready_in_s, essential
    )


def obituary(slot: Slot) -> ProcessFailed:
    """Return an error that says why the child is not running, with the last lines that it wrote."""
    if slot.error is not None:
        return slot.error
    name, code = slot.spec.name, slot.exit_code
    if slot.phase is Phase.STARTING:
        what = f"{name} is running but not ready"
    elif code is None:
        what = f"{name} was not started: it waits for {', '.join(slot.spec.needs)}"
    elif code < 0:
        what = f"{name} was killed by {signal.Signals(-code).name}"
    else:
        what = f"{name} ended with exit code {code}"
    said = "".join(f"\n  {line}" for line in slot.log.tail())
    return ProcessFailed(f"{what}{'; it said:' if said else ''}{said}", next_step=f"see {slot.log.path}")
