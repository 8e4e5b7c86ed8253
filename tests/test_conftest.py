from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).with_name("conftest.py")
REPO = CONFTEST.parent.parent


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a pytest within a test load the plugins that are named alone: the others take most of its time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Callable[[str], pytest.RunResult]:
    """Run a test file with our conftest, in a pytest of its own."""

    def run(body: str) -> pytest.RunResult:
        pytester.makeconftest(CONFTEST.read_text())
        pytester.makepyfile(body)
        pytester.makeini(f"[pytest]\npythonpath = {REPO}\n")
        return pytester.runpytest_subprocess("-q")

    return run


def test_a_connection_to_another_machine_fails_the_test_that_swallowed_it(suite: Callable[[str], pytest.RunResult]):
    body = """
        import contextlib, socket
        def test_out():
            with contextlib.suppress(OSError):
                socket.create_connection(("192.0.2.1", 80), timeout=1)
        def test_name():
            with contextlib.suppress(OSError):
                socket.getaddrinfo("example.org", 80)
        def test_udp():
            with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b"x", ("192.0.2.1", 53))
    """
    result = suite(body)
    result.assert_outcomes(passed=3, errors=3)
    result.stdout.fnmatch_lines(["*tried to reach another machine*192.0.2.1*", "*example.org*"])


def test_the_tests_of_a_file_stay_in_one_process_where_there_are_several(pytester: pytest.Pytester):
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makeini(f"[pytest]\npythonpath = {REPO}\n")
    body = """
        import os, pytest
        @pytest.fixture(scope="module")
        def made():
            with open("made", "a") as file:
                print(__name__, file=file)
        @pytest.mark.parametrize("n", range(4))
        def test_a(n, made): pass
    """
    pytester.makepyfile(test_one=body, test_two=body)
    result = pytester.runpytest_subprocess("-q", "-p", "xdist", "--numprocesses", "2", "--dist", "loadgroup")
    result.assert_outcomes(passed=8)
    assert sorted((pytester.path / "made").read_text().split()) == ["test_one", "test_two"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("import datasets\ndef test_a(): pass", "this file imports datasets outside of its functions"),
        ("def test_a():\n    import datasets", "this test imports datasets: its place is tests/tasks/training"),
    ],
    ids=["by its file", "by a test"],
)
def test_what_takes_seconds_to_import_is_imported_by_tests_of_training_alone(
    pytester: pytest.Pytester, suite: Callable[[str], pytest.RunResult], body: str, told: str
):
    pytester.makepyfile(datasets="")  # found before the real one
    result = suite(body)
    assert result.ret != 0
    assert told in result.stdout.str()


def test_loopback_is_allowed(free_port: Callable[[], int]):
    with socket.create_server(("127.0.0.1", free_port())) as server:
        socket.create_connection(server.getsockname()).close()
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.parametrize("_again", range(2))
def test_every_test_gets_an_empty_redis(redis_url: str, _again: int):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        assert client.config_get("appendfsync") == {"appendfsync": "always"}
        client.set("left", "over")
