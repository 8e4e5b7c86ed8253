"""What the processes of a town take up: memory, CPU time, open files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.figures import PERCENT
from benchmarks.stage import cpu_s

MB = 1_000_000


@dataclass
class Shares:
    """Of one core, in percent, by process; there once the block has ended."""

    of: dict[str, float] = field(default_factory=dict)


@contextmanager
def shares(pids: Mapping[str, int]) -> Iterator[Shares]:
    """Measure how much of a core each process takes while the block runs."""
    found = Shares()
    before, began_s = {name: cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    yield found
    spent_s = time.monotonic() - began_s
    found.of = {name: (cpu_s(pid) - before[name]) / spent_s * PERCENT for name, pid in pids.items()}


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process, what it shares with others included."""
    return float(psutil.Process(pid).memory_info().rss) / MB


def open_files(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return psutil.Process(pid).num_fds()
