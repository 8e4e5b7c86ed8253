"""What a check has to say: something that is well, or is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters, from least to most."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    WARNING = "warning"
    """Works, and should not stay as it is."""
    PROBLEM = "problem"
    """Does not work, or loses messages."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen."""

    check: str
    """The group that it is shown in."""
    level: Level
    what: str
    next_step: str = ""
    toml: str = ""
    """Lines for the end of `rookery.toml`, where those are the next step."""


def count(findings: Iterable[Finding], level: Level) -> int:
    """Return how many findings are of that level."""
    return sum(finding.level is level for finding in findings)
