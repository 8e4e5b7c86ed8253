"""Which Python this is, and whether Rookery has an environment of its own."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from workers.doctor.findings import Finding, Level

CHECK = "python"
OLDEST = (3, 11)


@dataclass(frozen=True, slots=True)
class Python:
    """The interpreter that runs."""

    version: tuple[int, int, int]
    prefix: str
    own_environment: bool
    """It is a virtual environment."""
    system: str
    machine: str


def look() -> list[Finding]:
    """Return what there is to say of the Python that runs this."""
    major, minor, micro = sys.version_info[:3]
    own = sys.prefix != sys.base_prefix
    return judge(Python((major, minor, micro), sys.prefix, own, platform.system(), platform.machine()))


def judge(python: Python) -> list[Finding]:
    """Return whether the version will do and whether other packages may come between."""
    version = ".".join(map(str, python.version))
    if python.version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        what = f"Python {version} is older than {oldest}, which Rookery is written for"
        return [Finding(CHECK, Level.PROBLEM, what, f"install Python {oldest} or newer and run `make up` again")]
    found = [Finding(CHECK, Level.OK, f"Python {version} on {python.system} {python.machine}, in {python.prefix}")]
    if not python.own_environment:
        what = "Rookery shares this Python with whatever else is installed there"
        step = "install it into an environment of its own (`make up` makes .venv): its top-level names are common words"
        found.append(Finding(CHECK, Level.NOTE, what, step))
    return found
