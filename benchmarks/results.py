"""What has been measured so far, kept beside the page, so that one benchmark can be run anew without the others."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from benchmarks.figures import Findings
from benchmarks.stage import ROOT
from tasks.contracts.errors import BadInput
from tasks.contracts.messages import Value

PACKAGES = ("celery", "kombu", "redis", "xllamacpp")
GIT_TIMEOUT_S = 10.0
CPU_INFO = Path("/proc/cpuinfo")
MODEL_LINE = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


class Section(Value):
    """One benchmark's part of the page."""

    title: str
    meaning: str
    findings: Findings
    taken: str
    """When, on what machine, with which versions."""


SECTIONS = TypeAdapter(dict[str, Section])


def load(path: Path) -> dict[str, Section]:
    """Return the sections by name; none where there is no file yet. Raises BadInput for one of another version."""
    try:
        return SECTIONS.validate_json(path.read_bytes()) if path.exists() else {}
    except ValidationError as exc:
        raise BadInput(
            f"{path} holds figures in another form: {exc.error_count()} things do not fit",
            next_step="remove it and run all benchmarks",
        ) from exc


def save(path: Path, sections: Mapping[str, Section]) -> None:
    """Write the sections."""
    path.write_bytes(SECTIONS.dump_json(dict(sections), indent=1) + b"\n")


def taken_here(busy: float, others: Mapping[str, str] | None = None) -> str:
    """Return when and where a measurement is taken now; `busy` is the load before it, `others` are more versions."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES} | dict(others or {})
    where = f"{os.cpu_count()} cores of {processor()}, {platform.system()}, Python {platform.python_version()}"
    load = f"with a load of {busy:.1f} before"
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{datetime.now(UTC):%Y-%m-%d} on {where}, {load}; rookery {commit()}, {listed}"


def commit(folder: Path = ROOT) -> str:
    """Return the commit that is measured, as git names it, or the version where there is no git."""
    try:
        command = ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return importlib.metadata.version("rookery")
    return said.stdout.strip()


def processor(cpu_info: Path = CPU_INFO) -> str:
    """Return what kind of processor this machine has, as far as it says so."""
    named = MODEL_LINE.search(cpu_info.read_text(errors="replace")) if cpu_info.exists() else None
    return named.group(1).strip() if named else platform.machine()
