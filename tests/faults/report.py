"""What a run of the fault suite comes to: a row for each fault, sums, and where it ran. Pure but for `surroundings`."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from tasks.contracts.errors import ProcessFailed
from tests.faults.settings import RECOVERY_S
from workers.supervision.redis_check import show
from workers.supervision.redis_server import find_server

LIBRARIES = ("celery", "kombu", "redis")
GIB = 2**30
NAMES = {"redis": "Redis", "sigterm": "SIGTERM"}


class Held(StrEnum):
    """What became of a promise under a fault."""

    HELD = "held"
    BROKEN = "broken"
    NOT_ASKED = "n/a"


@dataclass(frozen=True)
class Row:
    """One fault: one test."""

    fault: str
    outcome: str
    """`passed`, `failed` or `skipped`."""
    seconds: float = 0.0
    why: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    verdicts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    recoveries_ms: Sequence[int] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def held(self, promise: str) -> Held:
        """Return what became of a promise."""
        looked_at, broken = self.verdicts.get(promise, (0, 0))
        if broken:
            return Held.BROKEN
        return Held.HELD if looked_at else Held.NOT_ASKED

    @property
    def worth_a_row(self) -> bool:
        """Whether there is something to say: a promise was judged, or it did not come to that."""
        return bool(self.verdicts) or self.outcome != "passed"


@dataclass(frozen=True)
class Spread:
    """How a set of durations lies, in ms."""

    count: int
    p50: int
    p99: int
    most: int

    def __str__(self) -> str:
        return f"n={self.count} p50={self.p50} p99={self.p99} max={self.most}"


@dataclass(frozen=True)
class Surroundings:
    """When and where a run was."""

    date: str
    machine: str
    versions: Mapping[str, str]
    load: str


def row_of(nodeid: str, outcome: str, seconds: float, why: str, page: Mapping[str, Any]) -> Row:
    """Return the row of a test, from its page as it travelled."""
    return Row(title(nodeid), outcome, seconds, why, **page)


def title(nodeid: str) -> str:
    """Return what a test is about, in words.

    >>> title("tests/faults/test_long.py::test_redis_may_be_killed_ten_times")
    'Redis may be killed ten times'
    >>> title("a.py::test_a_second_try_answers_when_the_engine[answers 500]")
    'A second try answers when the engine answers 500'
    """
    name, _, case = nodeid.rpartition("::")[2].removeprefix("test_").partition("[")
    text = " ".join(NAMES.get(word, word) for word in [*name.split("_"), *filter(None, [case.rstrip("]")])])
    return text[:1].upper() + text[1:]


def spread(values: Iterable[int]) -> Spread | None:
    """Return count, median, 99th percentile (nearest rank) and maximum; None of nothing.

    >>> spread(range(1, 101))
    Spread(count=100, p50=50, p99=99, most=100)
    """
    ordered = sorted(values)
    if not ordered:
        return None
    at = [ordered[max(0, -(-len(ordered) * percent // 100) - 1)] for percent in (50, 99)]
    return Spread(len(ordered), at[0], at[1], ordered[-1])


def totals(rows: Iterable[Row]) -> Counter[str]:
    """Return what was counted in all, and how many faults passed, failed and were skipped."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row.counts)
        total[row.outcome] += 1
    return total


def verdict(rows: Sequence[Row]) -> str:
    """Return the run in one sentence."""
    total = totals(rows)
    if total["failed"]:
        return f"{total['failed']} of {len(rows)} faults broke a promise or could not be judged"
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    faults = "fault" if total["passed"] == 1 else "faults"
    return f"every promise held under {total['passed']} {faults}{skipped}"


def late(row: Row) -> int:
    """Return how many recoveries took too long."""
    return sum(ms > RECOVERY_S * 1000 for ms in row.recoveries_ms)


def reason_of(longrepr: object) -> str:
    """Return why a test failed or was skipped, in one line.

    >>> reason_of(("f.py", 3, "Skipped: needs root"))
    'needs root'
    """
    if isinstance(longrepr, tuple):
        return str(longrepr[-1]).removeprefix("Skipped: ")
    crash = getattr(longrepr, "reprcrash", None)
    lines = str(crash.message if crash else longrepr or "").strip().splitlines()
    return re.sub(r"^AssertionError: ", "", lines[0]) if lines else ""


def surroundings(root: Path) -> Surroundings:
    """Return what there is to say about this machine and this moment."""
    machine = (
        f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / GIB:.0f} GiB"
    )
    versions = {"Rookery": _commit(root), "Python": platform.python_version(), "Redis": _redis_version()}
    versions |= {f"{name}-py" if name == "redis" else name: importlib.metadata.version(name) for name in LIBRARIES}
    load = " ".join(f"{value:.1f}" for value in psutil.getloadavg())
    return Surroundings(datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), machine, versions, load)


def _redis_version() -> str:
    try:
        return show(find_server().version)
    except ProcessFailed:
        return "none"


def _commit(root: Path) -> str:
    asked = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return said.stdout.strip() or importlib.metadata.version("rookery")
