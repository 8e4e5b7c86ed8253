"""What became of a run whose adapter was tried on a part of the replies, by what happened to the adapter since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tasks.contracts.learning import Course, StepName
from tasks.training.registry.events import Event, Kind
from tasks.training.runs import folder
from tasks.training.runs.record import Ended

_BECAME = {Kind.PROMOTED: Course.PROMOTED, Kind.DEMOTED: Course.REFUSED, Kind.ROLLED_BACK: Course.REFUSED}


class Trial(NamedTuple):
    """Which adapter a run tries, and since which change of what is served."""

    version: str
    serial: int


def trial_of(place: Path) -> Trial | None:
    """Return what a run tries; None: it cannot be read."""
    try:
        told = json.loads((place / StepName.CANARY.value / folder.CANARY_FILE).read_bytes())
        return Trial(str(told["version"]), int(told["serial"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def became(trial: Trial, history: Iterable[Event]) -> Ended | None:
    """Return what a trial came to; None: it goes on. What became of an earlier one of the same weights is not this."""
    for event in history:
        served = event.served
        if served is None or served.serial < trial.serial:
            continue
        if event.version == trial.version and event.kind in _BECAME:
            words = event.words or event.kind.value
            return Ended(course=_BECAME[event.kind], words=words, step=StepName.CANARY, at_ms=event.at_ms)
        if trial.version not in (served.canary, served.current):
            words = f"{event.version or 'the base'} took its place before it was judged ({event.kind.value})"
            return Ended(course=Course.REFUSED, words=words, step=StepName.CANARY, at_ms=event.at_ms)
    return None
