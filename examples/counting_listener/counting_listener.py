"""Counts what happens to jobs, by model and state, in a file that anything else may read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tasks.contracts.settings import Settings
from tasks.jobs.events import JobEvent
from tasks.jobs.listeners import Listener

FILE = "COUNTS_FILE"


def create(settings: Settings, environ: Mapping[str, str]) -> Listener:
    """Return the listener: what the entry point in pyproject.toml names."""
    return Counting(Path(environ.get(FILE) or settings.data_dir / "counts.json"))


class Counting:
    """Called with every event, one after the other, from one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._counts: Counter[str] = Counter()

    def __call__(self, event: JobEvent) -> None:
        """Count it, and put the new file in the place of the old one."""
        self._counts[f"{event.model} {event.state.value}"] += 1
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._counts, indent=2, sort_keys=True), encoding="utf-8")
        fresh.replace(self._file)
