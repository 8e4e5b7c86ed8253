"""The suite as `make test` runs it: nothing leads to another machine, and whoever seeks one is counted."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guard import alone

pytest_plugins = ["pytester"]
REPO = Path(__file__).parents[2]
PROBE = "exec 3<>/dev/tcp/192.0.2.1/80"
SEEKS = f"""
import os, subprocess
def test_outside():
    ended = subprocess.run(["bash", "-c", {PROBE!r}], capture_output=True, text=True)
    assert "unreachable" in ended.stderr
def test_loopback():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
def test_accelerator(): assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
"""
SNMP = "Ip: Forwarding OutNoRoutes OutX\nIp: 2 3 0\nTcp: A\nTcp: 1\n"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Run a test file as `make test` runs ours."""
    if why := alone.hindrance():
        pytest.skip(f"no network of its own here: {why}")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    pytester.makepyfile(SEEKS)
    pytester.makeini("[pytest]\nmarkers = reaches\n")
    command = (sys.executable, "-m", "tests.guard.alone", "-q", "-p", "tests.guard.plugin")
    return lambda *words: pytester.run(*command, *words)


def test_no_program_reaches_another_machine_and_one_that_tries_fails_the_session(run: Callable[..., pytest.RunResult]):
    result = run()
    result.assert_outcomes(passed=3)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*sought another machine (1 ×)*"])


def test_where_nobody_seeks_one_all_is_well(run: Callable[..., pytest.RunResult]):
    result = run("-k", "not outside")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["In a network of its own that leads nowhere, every GPU hidden.", "2 passed*"])


def test_a_kernel_that_gives_no_network_is_told_of():
    def refuse() -> None:
        raise PermissionError(1, "Operation not permitted")

    assert "Operation not permitted" in alone.hindrance(refuse)
    assert alone.hindrance(lambda: None) == "" or sys.platform != "linux"


def test_attempts_by_both_protocols_count(tmp_path: Path):
    (tmp_path / "snmp").write_text(SNMP)
    (tmp_path / "snmp6").write_text("Ip6InNoRoutes 7\nIp6OutNoRoutes  \t4\n")
    assert alone.tries(tmp_path) == 7
    (tmp_path / "snmp6").write_text("")
    assert alone.tries(tmp_path) == 3, "a machine without IPv6"


def test_this_very_run_is_where_it_says_it_is():
    if not os.environ.get(alone.ALONE):
        pytest.skip("run by pytest itself, not by `make test`")
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


def test_ci_and_newcomers_run_it_so():
    tested = re.search(r"^test:.*\n\t(.*)$", (REPO / "Makefile").read_text(), re.MULTILINE)
    assert tested is not None
    assert tested[1] == "$(BIN)/python -m tests.guard.alone $(TEST_OPTIONS)"
    assert (REPO / ".ci" / "run").read_text().rstrip().endswith("\nmake test")
    assert "make test " in (REPO / "README.md").read_text()
    recipe = subprocess.run(["make", "--dry-run", "test"], cwd=REPO, capture_output=True, text=True, check=True)
    assert "-m tests.guard.alone --numprocesses" in recipe.stdout
