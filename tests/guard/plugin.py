"""Fails the test that tries to reach another machine, itself or by a process that it started, also when that is caught.

A test that must, marked `reaches`, names the hosts: `@pytest.mark.reaches("10.0.0.7")`, or `"*"` for any.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.guard import alone
from tests.guard import sitecustomize as own

#: A pytest that a test starts is guarded already, and goes on with that one.
guard: Any = found if hasattr(found := sys.modules.get("sitecustomize"), "ATTEMPTS") else own
FOLDER = str(Path(__file__).parent)
#: Servers that somebody named for the tests of engines and stores are reached because they said so.
NAMED = ("ROOKERY_TEST_", "_URL")
SHOWN = 3


@dataclass
class Attempts:
    """What was tried in this session, as the guard writes it down."""

    file: Path
    read: int = 0

    def new(self) -> list[str]:
        """Return what was tried since this was asked last."""
        if self.file.stat().st_size == self.read:
            return []
        told = self.file.read_bytes()[self.read :]
        self.read += len(told)
        return told.decode().split("\0")[:-1]


_TRIED, _ATTEMPTS, _UNDONE = pytest.StashKey[int](), pytest.StashKey[Attempts](), pytest.StashKey[pytest.MonkeyPatch]()


def guarded(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process, such that the guard is the first that it imports."""
    path = [FOLDER, *(part for part in environ.get("PYTHONPATH", "").split(os.pathsep) if part not in ("", FOLDER))]
    ours = {name: os.environ[name] for name in (guard.ATTEMPTS, guard.REACHES) if name in os.environ}
    return {**environ, **ours, "PYTHONPATH": os.pathsep.join(path)}


def named_hosts(environ: Mapping[str, str]) -> set[str]:
    """Return the hosts of the servers that the environment names for tests."""
    first, last = NAMED
    urls = (value for name, value in environ.items() if name.startswith(first) and name.endswith(last))
    return {host for url in urls if (host := urlsplit(url).hostname)}


def _starting(begin: Callable[..., None]) -> Callable[..., None]:
    def start(self: Any, *args: Any, env: Mapping[Any, Any] | None = None, **kwargs: Any) -> None:
        begin(self, *args, env=guarded(os.environ if env is None else env), **kwargs)

    return start


def pytest_configure(config: pytest.Config) -> None:
    """Guard this process and all that it starts, to its end."""
    handle, path = tempfile.mkstemp(prefix="rookery-tests-")
    os.close(handle)
    undone = config.stash[_UNDONE] = pytest.MonkeyPatch()
    undone.setenv(guard.ATTEMPTS, path)
    undone.setenv(guard.REACHES, " ".join(sorted(named_hosts(os.environ))))
    undone.setattr(subprocess.Popen, "__init__", _starting(subprocess.Popen.__init__))
    guard.begin(path)
    config.stash[_ATTEMPTS] = Attempts(Path(path))
    if os.environ.get(alone.ALONE) and not hasattr(config, "workerinput"):
        config.stash[_TRIED] = alone.tries()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the environment as it was."""
    config.stash[_UNDONE].undo()
    config.stash[_ATTEMPTS].file.unlink(missing_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Have what a test says it reaches reached by its fixtures, too."""
    with pytest.MonkeyPatch.context() as patch:
        if mark := item.get_closest_marker("reaches"):
            patch.setenv(guard.REACHES, " ".join((os.environ[guard.REACHES], *mark.args)))
        return (yield)


@pytest.fixture(autouse=True)
def _no_other_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if told := request.config.stash[_ATTEMPTS].new():
        pytest.fail("this test tried to reach another machine: " + "\n".join(told[:SHOWN]), pytrace=False)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session in which a program that nobody guards had something for another machine."""
    before = session.config.stash.get(_TRIED, None)
    if before is not None and (more := alone.tries() - before):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        session.config.stash[_TRIED] = -more


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so."""
    if (tried := terminalreporter.config.stash.get(_TRIED, 0)) < 0:
        terminalreporter.write_line(
            f"programs of these tests sought another machine ({-tried} ×) and found no way there: to see which, run"
            " fewer tests by `python -m tests.guard.alone`, and those under `strace --follow-forks -e trace=network`",
            red=True,
        )
