"""Real processes for the tests of those who keep processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

PATIENCE_S = 20.0
REPO = Path(__file__).parents[2]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def await_until(condition: Callable[[], bool], what: str = "the condition") -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.01)


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Whether a process runs; a zombie does not."""
    return alive


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for a condition, and fail when it does not come."""
    return await_until


@pytest.fixture
def pid_in() -> Callable[[Path], int]:
    """Wait for a file that holds a pid, and return that."""

    def read(path: Path) -> int:
        await_until(lambda: path.exists() and path.read_text().endswith("\n"), f"a pid in {path}")
        return int(path.read_text())

    return read


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a Python program of our own that can import the project; whatever it started ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(source: str, *arguments: object, **options: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", source, *map(str, arguments)]
        process = subprocess.Popen(command, cwd=REPO, stdin=subprocess.DEVNULL, **options)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()
