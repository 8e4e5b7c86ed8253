"""When it runs: beat entries, nothing else."""

from __future__ import annotations

from typing import Any

from schedules import memory, training, upkeep

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {**upkeep.ENTRIES, **memory.ENTRIES, **training.ENTRIES}
