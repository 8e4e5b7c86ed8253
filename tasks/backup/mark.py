"""The mark in a data folder into which a backup is being restored. Light: every start of a flock looks for it."""

from __future__ import annotations

import json
from pathlib import Path

from tasks.contracts.errors import ConfigurationError

MARK = "restoring.json"
LOCK = "up.lock"  # of who runs a flock there, or restores one


def unfinished(data_dir: Path) -> str:
    """Return which backup is being restored into a data folder; empty: none."""
    try:
        return str(json.loads((data_dir / MARK).read_text(encoding="utf-8"))["backup"])
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"


def refuse_unfinished(data_dir: Path) -> None:
    """Return when no restore was left unfinished in a data folder. Raises ConfigurationError."""
    if unfinished(data_dir):
        raise ConfigurationError(
            f"a backup was not restored to its end in {data_dir}",
            next_step="run the same `rookery restore` again, or delete that folder",
        )
