"""The file in which a host keeps what it has measured of its models, from start to start."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict
from pathlib import Path

from workers.residency.footprint import NOTHING, Measured

FILE = "footprints.json"
logger = logging.getLogger(__name__)


class Measures:
    """What was measured, by slug. A file that is gone or broken costs estimates, never a start."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._known = _read(self._path)

    def of(self, slug: str, what: str) -> Measured:
        """Return what is known of the model `slug`, as long as `what` is loaded by that name."""
        known = self._known.get(slug, NOTHING)
        return known if known.of == what else NOTHING

    def keep(self, slug: str, measured: Measured) -> None:
        """Remember, across restarts where the disk has room."""
        if self._known.get(slug) == measured:
            return
        self._known[slug] = measured
        fresh = self._path.with_name(f".{FILE}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({name: asdict(each) for name, each in self._known.items()}, indent=1), "ascii")
            fresh.replace(self._path)
        except OSError as exc:
            logger.warning("sizes of models are not kept", extra={"error": str(exc)})


def _read(path: Path) -> dict[str, Measured]:
    try:
        said = json.loads(path.read_text("ascii"))
        return {str(slug): _measured(fields) for slug, fields in said.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as exc:
        logger.warning("sizes of models are estimated anew", extra={"file": str(path), "error": str(exc)})
        return {}


def _measured(fields: dict[str, object]) -> Measured:
    def number(name: str) -> float | None:
        said = fields[name]
        return float(said) if isinstance(said, (int, float)) else None

    return Measured(str(fields["of"]), number("gib"), number("load_s"), number("least_gib") or 0.0)
