"""Fails the test that tries to reach another machine, itself or by a process that it started, also when that is caught.

A test that must, marked `reaches`, names the hosts: `@pytest.mark.reaches("10.0.0.7")`, or `"*"` for any.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.guard import sitecustomize as own

#: A pytest that a test starts is guarded already, and goes on with that one.
guard: Any = found if hasattr(found := sys.modules.get("sitecustomize"), "ATTEMPTS") else own
FOLDER = str(Path(__file__).parent)
#: Servers that somebody named for the tests of engines and stores are reached because they said so.
NAMED = ("ROOKERY_TEST_", "_URL")
SHOWN = 3


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


@pytest.fixture(scope="session", autouse=True)
def _attempts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Guard this process and all that it starts, to the end of the session; return where attempts are written down."""
    path = tmp_path_factory.mktemp("guard") / "attempts"
    path.touch()
    guard.begin(str(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(guard.ATTEMPTS, str(path))
        patch.setenv(guard.REACHES, " ".join(sorted(named_hosts(os.environ))))
        patch.setattr(subprocess.Popen, "__init__", _starting(subprocess.Popen.__init__))
        yield path


@pytest.fixture(autouse=True)
def _no_other_machine(request: pytest.FixtureRequest, _attempts: Path) -> Iterator[None]:
    before = _attempts.stat().st_size
    with pytest.MonkeyPatch.context() as patch:
        if mark := request.node.get_closest_marker("reaches"):
            patch.setenv(guard.REACHES, " ".join((os.environ[guard.REACHES], *mark.args)))
        yield
    if _attempts.stat().st_size > before:
        told = _attempts.read_bytes()[before:].decode().split("\0")[:-1]
        pytest.fail("this test tried to reach another machine: " + "\n".join(told[:SHOWN]), pytrace=False)
