"""What the doctor looks at in tests: settings in a folder, a Redis with any settings, and the command itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.contracts.settings import Settings, load
from tests.command import Command
from workers.supervision.redis_check import wait_ready
from workers.supervision.redis_server import find_server, local_url

READY_S = 20.0
PATIENCE_S = 20.0
LIMITS = ("doctor.LOOK_S", "servers.LOOK_S", "servers.ONE_QUESTION_S", "ledger.TIMEOUT_S")

Told = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be given up because the machine that runs the tests is busy."""
    for limit in LIMITS:
        monkeypatch.setattr(f"workers.doctor.{limit}", PATIENCE_S)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Call it with the text of a rookery.toml for the settings that this makes."""

    def settings(text: str = "", **environ: str) -> Settings:
        file = tmp_path / "rookery.toml"
        file.write_text(text, encoding="utf-8")
        return load(file, environ)

    return settings


@pytest.fixture
def told_redis(told: Told) -> Callable[[str], Settings]:
    """Call it with the address of a Redis for settings that name it."""
    return lambda url: told(f'[redis]\nurl = "{url}"\n')


@pytest.fixture(scope="module")
def plain_redis(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[str]:
    """The address of a Redis as it comes out of its box: it keeps nothing."""
    port = free_port()
    command = [find_server().path, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, cwd=tmp_path_factory.mktemp("plain"), stdout=subprocess.DEVNULL) as process:
        wait_ready(local_url(port), READY_S)
        yield local_url(port)
        process.kill()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """`rookery` in an empty folder."""
    made = Command(tmp_path)
    yield made
    made.end()
