"""What became of a run whose adapter was tried on a part of the replies, by what happened to the adapter since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tasks.contracts.learning import Course, StepName
from tasks.training.registry.events import Event, Kind
from tasks.training.runs import folder
from tasks.training.runs.record import Ended

_BECAME = {Kind.PROMOTED: Course.PROMOTED, Kind.DEMOTED: Course.REFUSED, Kind.ROLLED_BACK: Course.REFUSED}


def version_of(place: Path) -> str:
    """Return the adapter that a run tries; empty: none can be read."""
    try:
        return str(json.loads((place / StepName.CANARY.value / folder.CANARY_FILE).read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def became(version: str, history: Iterable[Event]) -> Ended | None:
    """Return what a trial came to; None: it goes on."""
    for event in history:
        if event.version == version and event.kind in _BECAME:
            words = event.words or event.kind.value
            return Ended(course=_BECAME[event.kind], words=words, step=StepName.CANARY, at_ms=event.at_ms)
    return None
