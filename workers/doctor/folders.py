"""Whether the folders that a running flock writes to can be written, and have room."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.supervision.redis_server import MIN_FREE_BYTES

CHECK = "disk"
MODELS = "data.models"
GIB = 1024**3
#: Less than this is a matter of days: the ledger's log is rewritten beside its old copy, a model file takes gigabytes.
LOW_BYTES = 2 * GIB


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the settings, and what stands in its place today."""

    setting: str
    path: Path
    nearest: Path
    """The folder itself, or what is there of the path to it."""
    is_folder: bool
    writable: bool
    free_bytes: int


def look(settings: Settings) -> list[Finding]:
    """Return whether data, logs and models have a place to be."""
    folders = {"data.dir": settings.data_dir, "data.logs": settings.logs_dir, MODELS: settings.models_dir}
    return [judge(gather(setting, path)) for setting, path in folders.items()]


def gather(setting: str, path: Path) -> Folder:
    """Return what is at `path` today; nothing is made or written there."""
    nearest = next(place for place in (path, *path.parents) if os.path.lexists(place))
    # As the user that this process is, not as the one who started it.
    writable = os.access(nearest, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    return Folder(setting, path, nearest, nearest.is_dir(), writable, shutil.disk_usage(nearest).free)


def judge(folder: Folder) -> Finding:
    """Return whether the folder will do."""
    name = f"{folder.setting} {folder.path}"
    if not folder.is_folder:
        step = f"move it away, or change {folder.setting} in rookery.toml"
        return Finding(CHECK, Level.PROBLEM, f"{name} cannot be made: {folder.nearest} is no folder", step)
    if not folder.writable and folder.setting == MODELS:
        return Finding(CHECK, Level.NOTE, f"{name} is read-only: models are brought there by somebody else")
    if not folder.writable:
        step = f"make {folder.nearest} writable for the user of Rookery, or change {folder.setting} in rookery.toml"
        return Finding(CHECK, Level.PROBLEM, f"{name} cannot be written to", step)
    free = f"{_size(folder.free_bytes)} free"
    if folder.free_bytes < MIN_FREE_BYTES:
        step = f"make room, or move {folder.setting} to another disk"
        return Finding(CHECK, Level.PROBLEM, f"{name} has no room: {free}", step)
    if folder.free_bytes < LOW_BYTES:
        return Finding(CHECK, Level.WARNING, f"{name} has little room: {free}", "make room before long")
    return Finding(CHECK, Level.OK, f"{name} has {free}")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / GIB:.1f} GiB" if size_bytes >= GIB else f"{size_bytes // 1024**2} MiB"
