"""The file in which a host keeps which models were used when, from start to start: names and times, nothing else."""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workers.residency.foresight import Custom, Follows, History, noted

FILE = "uses.json"
WRITE_EVERY_S = 60.0
logger = logging.getLogger(__name__)


class Diary:
    """What was used on one host. A file that is gone or broken costs what was learned, never a start."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.history = read(self._path)
        self._written_s = -math.inf

    def note(self, slugs: Iterable[str], now_s: float, wall_s: float) -> None:
        """Note that models are used now, in seconds since 1970 and of local time; kept on disk once a minute."""
        before = self.history
        for slug in slugs:
            self.history = noted(self.history, slug, now_s, wall_s)
        if self.history is not before and not 0 <= now_s - self._written_s < WRITE_EVERY_S:
            self._written_s = now_s
            self._write()

    def _write(self) -> None:
        fresh = self._path.with_name(f".{FILE}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(_as_data(self.history), indent=1), "ascii")
            fresh.replace(self._path)
        except OSError as exc:
            logger.warning("what was used when is not kept", extra={"error": str(exc)})


def last_uses(folders: Iterable[Path]) -> dict[str, float]:
    """Return when each model was last used on the hosts with these folders, by slug, in seconds since 1970."""
    found: dict[str, float] = {}
    for folder in folders:
        for slug, custom in read(folder / FILE).models.items():
            found[slug] = max(custom.used_s, found.get(slug, 0.0))
    return found


def read(path: Path) -> History:
    """Return what a host has noted; nothing where it has not, or where that cannot be read."""
    try:
        said = json.loads(path.read_text("ascii"))
        models = {str(slug): _custom(fields) for slug, fields in said["models"].items()}
        day = said["day"]
        return History(models, str(said["latest"]), None if day is None else int(day), float(said["days"]))
    except FileNotFoundError:
        return History()
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as exc:
        logger.warning("what was used when is learned anew", extra={"file": str(path), "error": str(exc)})
        return History()


def _as_data(history: History) -> dict[str, Any]:
    models = {
        slug: {
            "used_s": round(custom.used_s),
            "began_s": round(custom.began_s),
            "begun": round(custom.begun, 3),
            "quarters": {str(at): round(count, 3) for at, count in custom.quarters.items()},
            "then": {
                other: {name: round(value, 3) for name, value in asdict(each).items()}
                for other, each in custom.then.items()
            },
        }
        for slug, custom in history.models.items()
    }
    return {"models": models, "latest": history.latest, "day": history.day, "days": round(history.days, 3)}


def _custom(fields: Mapping[str, Any]) -> Custom:
    return Custom(
        used_s=float(fields["used_s"]),
        began_s=float(fields["began_s"]),
        begun=float(fields["begun"]),
        quarters={int(at): float(count) for at, count in fields["quarters"].items()},
        then={
            str(other): Follows(float(each["count"]), float(each["gap_s"])) for other, each in fields["then"].items()
        },
    )
