from __future__ import annotations

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


@pytest.mark.parametrize("_again", range(2))
def test_every_test_gets_an_empty_redis(redis_url: str, _again: int):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        assert client.config_get("appendfsync") == {"appendfsync": "always"}
        client.set("left", "over")
