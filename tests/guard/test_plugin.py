from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guard import plugin

pytest_plugins = ["pytester"]
REPO = Path(__file__).parents[2]
PLUGIN = ("-p", "tests.guard.plugin")
PROBE = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
TRIED = "this test tried to reach another machine"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], pytest.RunResult]:
    """Run a test file under the guard, in a pytest of its own."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(REPO))

    def run(body: str) -> pytest.RunResult:
        pytester.makepyfile(f"import contextlib, os, pytest, socket, subprocess, sys\nPROBE = {PROBE!r}\n{body}")
        pytester.makeini("[pytest]\nmarkers = reaches\n")
        return pytester.runpytest_subprocess("-q", *PLUGIN)

    return run


def test_a_call_to_another_machine_fails_the_test_that_swallowed_it(suite: Callable[[str], pytest.RunResult]):
    result = suite("""
def test_out():
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
def test_name():
    with contextlib.suppress(OSError):
        socket.getaddrinfo("example.org", 80)
def test_old_name():
    with contextlib.suppress(OSError):
        socket.gethostbyname("example.net")
def test_datagram():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("192.0.2.1", 53))
def test_six():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as sock:
        sock.connect_ex(("2001:db8::1", 53))
def test_none(): pass
""")
    result.assert_outcomes(passed=6, errors=5)
    result.stdout.fnmatch_lines(
        [
            f"{TRIED}: ('192.0.2.1', 80) (connect) by *",
            "*in test_out*",
            "*example.org*",
            "*example.net*",
            "*2001:db8::1*",
        ]
    )


def test_so_does_a_process_that_it_started_whatever_that_was_told(suite: Callable[[str], pytest.RunResult]):
    result = suite("""
@pytest.mark.parametrize("env", [None, {}, {"PYTHONPATH": "elsewhere"}], ids=["ours", "none", "other"])
def test_child(env):
    ended = subprocess.run([sys.executable, "-c", PROBE], env=env, capture_output=True, text=True)
    assert "NetworkBlocked" in ended.stderr
def test_grandchild():
    again = f"import subprocess, sys; subprocess.run([sys.executable, '-P', '-c', {PROBE!r}])"
    subprocess.run([sys.executable, "-c", again], env={})
def test_fork():
    if (pid := os.fork()) == 0:
        with contextlib.suppress(OSError):
            exec(PROBE)
        os._exit(0)
    os.waitpid(pid, 0)
""")
    result.assert_outcomes(passed=5, errors=5)
    result.stdout.fnmatch_lines([f"{TRIED}: ('192.0.2.1', 80) (connect) by -c", '*File "<string>"*'])


def test_what_a_test_says_it_reaches_it_and_its_fixtures_may_reach_and_nothing_else(
    suite: Callable[[str], pytest.RunResult],
):
    result = suite("""
SAID = "import sys; sys.audit('socket.gethostbyname', 'there.example')"  # nobody is asked
def said():
    return subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True).stderr
@pytest.fixture(scope="module", autouse=True)
def _ready(): assert said() == ""
@pytest.mark.reaches("there.example")
def test_named(): assert said() == ""
@pytest.mark.reaches("*")
def test_any(): assert said() == ""
@pytest.mark.reaches("elsewhere.example")
def test_other(): assert "NetworkBlocked" in said()
""")
    result.assert_outcomes(passed=3, errors=1)


def test_this_machine_is_no_other(free_port: Callable[[], int], tmp_path: Path):
    with socket.create_server(("127.0.0.1", free_port())) as server:
        for host in ("127.0.0.1", "localhost", socket.gethostname() or "localhost", "::ffff:127.0.0.1"):
            socket.getaddrinfo(host, server.getsockname()[1])
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_servers_that_somebody_named_for_tests_may_be_reached():
    told = {"ROOKERY_TEST_OLLAMA_URL": "http://10.0.0.7:11434", "ROOKERY_TEST_HOLD": "x", "REDIS_URL": "redis://r"}
    assert plugin.named_hosts(told) == {"10.0.0.7"}


def test_the_guard_leads_whatever_else_a_process_is_to_import_from():
    told = plugin.guarded({"PYTHONPATH": os.pathsep.join(["a", plugin.FOLDER, "", "b"]), "A": "1"})
    assert told["PYTHONPATH"].split(os.pathsep) == [plugin.FOLDER, "a", "b"]
    assert told["A"] == "1"
    assert told[plugin.guard.ATTEMPTS] == os.environ[plugin.guard.ATTEMPTS]


def test_a_process_of_a_test_has_the_guard_before_anything_of_its_own():
    probe = "import sys; print(sys.modules['sitecustomize'].__file__, 'socket' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", probe], env={}, capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(Path(plugin.FOLDER) / "sitecustomize.py"), "False"]


def test_what_a_test_has_python_begin_with_is_begun_with_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('mine')")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    argv = [sys.executable, "-c", "import sys; print(hasattr(sys.modules['sitecustomize'], 'ATTEMPTS'))"]
    said = subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["mine", "True"]
