"""Walks through the README as somebody new to it: a fresh clone, `make up`, then every command that it shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import REPO, tree
from tests.infra.docker.shipped import INSTALL_TIMEOUT_S, PATIENCE_S, eventually, plain_environment

README = (REPO / "README.md").read_text(encoding="utf-8")
MAKEFILE = (REPO / "Makefile").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LINES = [line.partition(" #")[0].strip() for block in BLOCKS for line in block.splitlines()]
ROOKERY = ".venv/bin/rookery "
COMMANDS = [line.removeprefix(ROOKERY) for line in LINES if line.startswith(ROOKERY)]
IS_UP = "Rookery is up."
#: They start or end the whole flock, which the walk does in its own way.
OF_THE_WALK = ("up", "down", "run")
END_TIMEOUT_S = 60.0


def answered(command: str) -> str:
    """Return what somebody types into a command that asks."""
    return "hello\n/quit\n" if command.split()[0] == "chat" else ""


class Clone:
    """A fresh clone, with ports that nobody else has."""

    def __init__(self, folder: Path, free_port: Callable[[], int]) -> None:
        self.folder, self.log = folder, folder.parent / "up.log"
        ports = {f"ROOKERY_{section}_PORT": str(free_port()) for section in ("REDIS", "WEB", "FLOWER")}
        self.environ = plain_environment(**ports, COLUMNS="200")
        subprocess.run(["git", "clone", "--quiet", str(REPO), str(folder)], check=True, timeout=PATIENCE_S)

    def start(self) -> subprocess.Popen[bytes]:
        """Type `make up`."""
        with self.log.open("wb") as log:
            return subprocess.Popen(
                ["make", "up"], cwd=self.folder, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Type one of the README's commands."""
        argv = [str(self.folder / ".venv" / "bin" / "rookery"), *shlex.split(command)]
        typed = answered(command)
        return subprocess.run(
            argv,
            cwd=self.folder,
            env=self.environ,
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Clone]:
    """A clone in which `make up` has said that everything is up; Ctrl-C has ended it afterwards."""
    made = Clone(tmp_path_factory.mktemp("newcomer") / "rookery", free_port)
    process = made.start()

    def fault() -> str:
        said = made.log.read_text(encoding="utf-8")
        assert process.poll() is None, said
        return "" if IS_UP in said else f"not up yet: {said}"

    try:
        eventually(fault, INSTALL_TIMEOUT_S)
        yield made
        os.killpg(process.pid, signal.SIGINT)
        process.wait(END_TIMEOUT_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert "Rookery has stopped." in made.log.read_text(encoding="utf-8")


def test_every_target_of_make_that_the_readme_shows_is_there() -> None:
    shown = {line.split()[1] for line in LINES if line.startswith("make ")}
    assert {"up", "test"} <= shown
    assert shown <= {*re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)}


def test_every_command_that_the_readme_shows_is_there() -> None:
    verbs = {path[0] for path in tree() if path}
    assert {"ask", "status"} <= {command.split()[0] for command in COMMANDS} <= verbs


@pytest.mark.slow
@pytest.mark.reaches("*")  # pip asks its index
def test_every_command_that_the_readme_shows_works_in_a_fresh_clone(clone: Clone) -> None:
    asked = clone.run('ask "hello" --json')
    assert asked.returncode == 0, asked.stderr
    job = json.loads(asked.stdout)["job"]
    for command in COMMANDS:
        if command.split()[0] not in OF_THE_WALK:
            ran = clone.run(command.replace("JOB", job))
            assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
            assert ran.stdout, command


@pytest.mark.slow
@pytest.mark.reaches("*")  # pip asks its index
def test_a_flock_that_runs_leaves_nothing_for_git(clone: Clone) -> None:
    seen = subprocess.run(["git", "status", "--short"], cwd=clone.folder, capture_output=True, text=True, check=True)
    assert seen.stdout == ""
