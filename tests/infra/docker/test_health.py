"""The health checks of the containers, against a real Redis; `make test-install` has them ask real processes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.alive import keep_telling, process_of
from tasks.jobs import fleet_moves, moves, remembering
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.values import HostSeen, Status
from tests.command import REPO
from tests.infra.docker.compose import DOCKER
from tests.infra.docker.scripts import script

Ask = Callable[..., tuple[int, str]]
health = script("health")
PRESENCE_MS = 60_000
DEMO = {"name": "demo", "state": "ready"}


def status(*, heartbeat_ms: int = 0, now_ms: int = 1_000_000, about: dict[str, Any] | None = None) -> Status:
    """Return a flock with one live host, `home`."""
    home = HostSeen("home", live=True, fence=1, about=about or {})
    return Status(now_ms=now_ms, heartbeat_ms=heartbeat_ms, live=0, dead=0, backlogs=(), hosts=(home,))


def as_a_container_asks(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run the script as a container does and return its exit code and what it says."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ROOKERY_", "REDIS_"))}
    told = {**plain, "PYTHONPATH": str(REPO), **environ}
    command = [sys.executable, "-P", str(DOCKER / "health.py"), *words]
    ran = subprocess.run(command, env=told, cwd="/", capture_output=True, text=True, timeout=60, check=False)
    return ran.returncode, ran.stdout.strip()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """Call it to do in this process what the script does, for its exit code and what it says."""
    for name in os.environ:
        if name.startswith(("ROOKERY_", "REDIS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def call(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return health.main(words), capsys.readouterr().out.strip()

    return call


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"models": [DEMO], "memory": {"settled": True}}, ""),
        ({"models": [DEMO, {"name": "big", "state": "loading"}], "memory": {"settled": True}}, ""),
        (
            {"models": [DEMO, {"name": "big", "state": "loading"}], "memory": {"settled": False}},
            "host 'home' is not ready with big",
        ),
        ({"models": [], "memory": {"settled": True}}, ""),
        ({}, "host 'home' is not ready with any model"),
        (
            {"memory": {"settled": True, "trouble": "no connection"}},
            "the engine of host 'home' does not answer: no connection",
        ),
    ],
)
def test_a_host_is_well_once_it_has_what_it_loads_at_its_start(about: dict[str, Any], fault: str) -> None:
    assert health.host_fault(status(about=about), "home") == fault


def test_a_host_that_nobody_heard_of_is_not_well() -> None:
    assert health.host_fault(status(), "attic") == "no agent of host 'attic' is alive"


@pytest.mark.parametrize(
    ("silent_s", "fault"), [(0, ""), (90, ""), (91, "beat was heard 91 s ago"), (3600, "beat was heard 3600 s ago")]
)
def test_beat_may_miss_two_of_its_heartbeats(silent_s: int, fault: str) -> None:
    assert health.beat_fault(status(now_ms=9_000_000, heartbeat_ms=9_000_000 - silent_s * 1000)) == fault


def test_a_check_says_what_it_found_in_redis(redis_url: str, ask: Ask) -> None:
    told = {"REDIS_URL": redis_url}
    assert ask(told, "beat") == (1, "beat was never heard")
    assert ask(told, "host", "home") == (1, "no agent of host 'home' is alive")
    store = Store.open(redis_url)
    store.run(moves.note_heartbeat())
    fence, _ = store.run(fleet_moves.host_join("home", "here", PRESENCE_MS))
    about = json.dumps({"models": [DEMO], "memory": {"settled": True}})
    store.run(fleet_moves.host_beat("home", fence, PRESENCE_MS, about, ["demo"]))
    assert ask(told, "beat") == (0, "well")
    assert ask(told, "host", "home") == (0, "well")
    assert as_a_container_asks(told, "host", "home") == (0, "well")


def test_a_bot_is_well_while_it_tells_so(redis_url: str, ask: Ask) -> None:
    told = {"REDIS_URL": redis_url, "ROOKERY_TELEGRAM_NAME": "rook"}
    assert ask(told, "bot", "telegram") == (1, "no bot 'rook' is alive")
    asyncio.run(_up("rook", redis_url))
    assert ask(told, "bot", "telegram") == (0, "well")
    assert ask(told, "bot", "discord") == (1, "no bot 'discord' is alive")


def test_who_remembers_is_well_while_they_say_so(redis_url: str, ask: Ask) -> None:
    told = {"REDIS_URL": redis_url}
    assert ask(told, "memory") == (1, "nobody says that they remember")
    store = Store.open(redis_url)
    store.run(remembering.is_up(PRESENCE_MS))
    assert ask(told, "memory") == (0, "well")
    store.close()


async def _up(bot: str, redis_url: str) -> None:
    """Be a bot that runs for a moment."""
    store = AsyncStore.open(redis_url)
    telling = asyncio.create_task(keep_telling(store, bot))
    while not await store.run(process_of(bot)):
        await asyncio.sleep(0.01)
    telling.cancel()
    await store.close()


def test_a_process_that_is_not_there_is_not_well(redis_url: str, free_port: Callable[[], int], ask: Ask) -> None:
    told = {"REDIS_URL": redis_url, "ROOKERY_WEB_PORT": str(free_port())}
    code, said = ask(told, "web")
    assert (code, said.partition("/healthz ")[2]) == (1, "answers nothing")


def test_without_redis_nothing_is_well_and_no_traceback_says_so(free_port: Callable[[], int]) -> None:
    code, said = as_a_container_asks({"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}, "beat")
    assert code == 1
    assert "Redis" in said


@pytest.mark.parametrize("words", [[], ["sing"], ["host"], ["bot"], ["web", "home"]], ids=str)
def test_a_check_that_makes_no_sense_is_refused(words: list[str]) -> None:
    assert health.main(words) == health.MISUSED
