"""Carries out without an engine what the images do with one: their install steps, their command lines, their checks."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.command import OURS, REPO
from tests.infra.docker.compose import DOCKER, Service
from tests.infra.docker.dockerfile import Stage

INSTALL_TIMEOUT_S = 480.0
PATIENCE_S = 120.0
POLL_S = 0.5
STATE, SECRETS, SCRIPTS = "/var/lib/rookery", "/run/secrets", "/opt/rookery"


def plain_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without what is ours and without a way to the sources."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, "PYTHONPATH", "VIRTUAL"))}
    return {**kept, "NO_COLOR": "1", **more}


def run(argv: list[str], folder: Path, environ: Mapping[str, str] | None = None, timeout_s: float = PATIENCE_S) -> str:
    """Run a program to its end and return what it wrote; fail when it fails."""
    told = environ or plain_environment()
    ran = subprocess.run(argv, cwd=folder, env=told, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert ran.returncode == 0, f"{shlex.join(argv)}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def pip_steps(stage: Stage) -> list[list[str]]:
    """Return the calls of pip in the RUN lines of a stage, without the options that are for the engine."""
    words = [shlex.split(step) for step in stage.own("RUN")]
    plain = [[word for word in step if not word.startswith("--mount=")] for step in words]
    return [step for step in plain if step[0] == "pip"]


@dataclass
class Environment:
    """A virtual environment in the place of an image."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Environment:
        """Make it, with nothing in it but pip."""
        run([sys.executable, "-m", "venv", str(folder)], folder.parent, timeout_s=INSTALL_TIMEOUT_S)
        return cls(folder)

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    def carry_out(self, stage: Stage, source: Path, wheels: Path) -> None:
        """Run the install steps of a stage and of those below it, lowest first."""
        if stage.parent is not None:
            self.carry_out(stage.parent, source, wheels)
        for _pip, *words in pip_steps(stage):
            here = [word.replace("/wheels", str(wheels)) for word in words]
            run([self.program("pip"), "--quiet", *here], source, timeout_s=INSTALL_TIMEOUT_S)

    def packages(self) -> set[str]:
        """Return the names of what is installed."""
        listed = run([self.program("pip"), "list", "--format=freeze"], self.folder)
        return {line.partition("==")[0].lower() for line in listed.splitlines()}


def copy_sources(builder: Stage, folder: Path) -> None:
    """Copy what the builder is given, and nothing else."""
    leave = shutil.ignore_patterns("__pycache__")
    for said in builder.own("COPY"):
        *sources, target = said.split()
        for source in sources:
            if (REPO / source).is_dir():
                shutil.copytree(REPO / source, folder / target, ignore=leave)
            else:
                shutil.copy(REPO / source, folder / target)


@dataclass
class Container:
    """One service as a process of this machine: its command line and environment, with places of a folder."""

    service: Service
    stage: Stage
    environment: Environment
    folder: Path
    secrets: Mapping[str, Path]
    more: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def argv(self, words: list[str]) -> list[str]:
        program, *rest = words
        return [self.environment.program(program), *(word.replace(SCRIPTS, str(DOCKER)) for word in rest)]

    def environ(self) -> dict[str, str]:
        told = {**self.stage.environment(), **self.service.environment}
        placed = {name: self._place(value) for name, value in told.items()}
        return plain_environment(**placed, **self.more)

    def _place(self, value: str) -> str:
        if value.startswith(SECRETS):
            return str(self.secrets[Path(value).name])
        if value == "/etc/rookery/rookery.toml":
            return str(DOCKER / "rookery.toml")
        return value.replace(STATE, str(self.folder))

    def start(self) -> None:
        """Start the process as its image would."""
        self.folder.mkdir()
        words = [*self.stage.argv("ENTRYPOINT"), *(self.service.command or self.stage.argv("CMD"))]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.argv(words),
                cwd=self.folder,
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def health(self) -> tuple[int, str]:
        """Run the health check and return its exit code and what it says."""
        how, *words = self.service.healthcheck.test
        assert how == "CMD"
        told, timeout_s = self.environ(), self.service.healthcheck.timeout
        ran = subprocess.run(
            self.argv(words), cwd="/", env=told, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        return ran.returncode, ran.stdout.strip() + ran.stderr.strip()

    def stop(self) -> int:
        """End the process as an engine does, and return its exit code; it must keep to its time."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(self.service.stop_grace_period)

    def kill(self) -> None:
        """Leave nothing of it behind."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.process.wait()


def eventually(found: Callable[[], str], timeout_s: float = PATIENCE_S) -> None:
    """Wait until there is no fault any more; fail with the last one."""
    give_up_s = time.monotonic() + timeout_s
    while fault := found():
        assert time.monotonic() < give_up_s, fault
        time.sleep(POLL_S)
