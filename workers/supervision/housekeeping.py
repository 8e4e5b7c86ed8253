"""Looks after the room that a running flock takes on the disk of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tasks.contracts.retention import MIB, keep_logs
from tasks.contracts.settings import Settings
from workers.supervision.childlog import MAX_BYTES, UP_LOG
from workers.supervision.regularly import regularly

LOOK_EVERY_S = 60.0


@contextlib.contextmanager
def keeping_house(settings: Settings, every_s: float = LOOK_EVERY_S) -> Iterator[None]:
    """Keep the logs of this machine to their size while the block runs; several processes may do so at once."""
    with regularly(lambda: tidy(settings.logs_dir, settings.fleet.log.total_mib * MIB), every_s, "housekeeping"):
        yield


def tidy(logs_dir: Path, total_bytes: int) -> None:
    """Look once: children's logs are put aside as they fill, that of `rookery up --detach` is so here."""
    with contextlib.suppress(OSError):
        put_aside(logs_dir / UP_LOG)
    keep_logs(logs_dir, total_bytes)


def put_aside(log: Path, max_bytes: int = MAX_BYTES) -> None:
    """Copy a full log and empty it. Its writer holds it open and goes on at the new end, for it only appends."""
    if log.is_file() and log.stat().st_size >= max_bytes:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)
