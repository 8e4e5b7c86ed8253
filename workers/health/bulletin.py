"""What a worker says of its engine's health, in a file that its agent puts into the next beat: nobody polls anybody."""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workers.health.breaker import Standing

SUFFIX = ".health"
logger = logging.getLogger(__name__)
_writing = threading.Lock()  # the threads of a worker tell at the same time, by the same file


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One look at one model on one host. Figures are 0 until an answer has told them."""

    standing: Standing = Standing.TRUSTED
    failures: float = 0.0
    trouble: str = ""
    """The kind of the last failure; empty once an answer came through."""
    first_token_s: float = 0.0
    prefill_tokens_per_s: float = 0.0
    decode_tokens_per_s: float = 0.0


def path_beside(ready_file: Path) -> Path:
    """Return where the worker with this readiness file writes its bulletin."""
    return ready_file.with_suffix(SUFFIX)


def write(path: Path, bulletin: Bulletin) -> None:
    """Replace the bulletin; a disk that takes no more is told to the log."""
    said = {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(bulletin).items()}
    fresh = path.with_suffix(f"{SUFFIX}.new")
    try:
        with _writing:
            fresh.write_text(json.dumps(said), "ascii")
            os.replace(fresh, path)
    except OSError as exc:
        logger.warning("no health told", extra={"file": str(path), "error": exc.strerror})


def read(path: Path) -> dict[str, Any]:
    """Return what the worker said last; empty where it has said nothing that can be read."""
    try:
        said = json.loads(path.read_text("ascii"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
