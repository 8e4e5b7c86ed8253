"""A host of this machine, as real processes: `rookery run host`, its workers, a fake engine that does as it is told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict

from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.queues import node_name
from tasks.contracts.settings import Settings, load
from tasks.jobs import fleet_moves
from tasks.jobs.values import HostSeen
from tests.command import Command
from tests.tasks.jobs.flock import Flock
from workers.post import POST_ENV, Post

PATIENCE_S = 60.0  # of a busy machine
LEASE_S = 120.0  # no test waits for it: what comes back sooner was given back
FOREVER = "word " * 600
FLEET = f"""
[jobs]
lease_s = {LEASE_S}
deadline_s = 600
[[model]]
name = "Echo One"
aliases = {{home = "echo"}}
slots = 2
[[model]]
name = "both"
aliases = {{home = "both", attic = "both"}}
[[model]]
name = "upstairs"
aliases = {{attic = "upstairs"}}
[[host]]
name = "home"
engine = "fake"
models = ["Echo One", "both"]
[[host]]
name = "attic"
engine = "fake"
models = ["upstairs", "both"]
enabled = false
"""
MODEL, SLUG = "Echo One", "echo-one"


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a condition and return what it gave."""
    give_up_s = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < give_up_s, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


def alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class HostRecord(BaseModel):
    """What `rookery status --json` says of a host below `health`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    status: str
    address: str
    resident: list[str]
    in_flight: int
    seen_ms: int
    well: bool
    live: bool
    word: str
    trouble: str
    latency_s: float | None
    models: dict[str, dict[str, Any]]


class Household:
    """A folder with settings, and the agents that were started from it."""

    def __init__(self, folder: Path, redis_url: str, fleet: str = FLEET) -> None:
        self.command = Command(folder, {"ROOKERY_TEST_SCRIPTED": "1"})
        self.command.settings(f'[redis]\nurl = "{redis_url}"\n{fleet}')
        self.flock, self.folder = Flock(redis_url), folder
        self.agent: subprocess.Popen[str] | None = None

    @property
    def settings(self) -> Settings:
        """What the processes of this house are told."""
        return load(self.folder / "rookery.toml", {})

    def start(self, host: str = "home") -> subprocess.Popen[str]:
        """Start the agent of a host, its output in a file."""
        with self.output.open("a") as output:
            self.agent = self.command.start("run", "host", host, stdout=output, stderr=output)
        return self.agent

    def ended(self) -> bool:
        """Whether the agent has ended."""
        return self.agent is not None and self.agent.poll() is not None

    @property
    def output(self) -> Path:
        """What the agents said."""
        return self.folder / "agent.log"

    def ensure(self) -> None:
        """Have the agent of `home` running, with all its models ready."""
        known = self.seen()
        fence = known.fence if known else None  # of an agent that may be gone, though its presence has not lapsed
        if self.agent is None or self.agent.poll() is not None:
            self.start()
            until(lambda: self.ended() or ((seen := self.seen()) and seen.fence != fence), "a newer agent")
        until(lambda: self.ended() or self.is_ready(), "the host with all its models")
        assert not self.ended(), self.output.read_text()

    def seen(self, host: str = "home") -> HostSeen | None:
        """Return the host as the ledger shows it."""
        return {seen.name: seen for seen in self.flock.store.run(fleet_moves.status()).hosts}.get(host)

    def is_ready(self) -> bool:
        """Whether the ledger knows the host as up, and each of its models as ready."""
        seen = self.seen()
        models = seen.about.get("models", []) if seen and seen.live else []
        return bool(models) and all(model["state"] == "ready" for model in models)

    def here(self, host: str) -> bool:
        """Whether a host is up with what it wanted at its start."""
        seen = self.seen(host)
        return bool(seen and seen.live and seen.about.get("memory", {}).get("settled"))

    def record(self, host: str) -> HostRecord:
        """Return what programs are told of a host."""
        told = json.loads(self.command.invoke("status", "--json").out)["health"][host]
        return HostRecord.model_validate(told)

    def family(self) -> list[int]:
        """Return the pids below the agent."""
        assert self.agent is not None
        return [child.pid for child in psutil.Process(self.agent.pid).children(recursive=True)]

    def worker(self, model: str = MODEL) -> int:
        """Return the pid of the worker of a model."""
        command = f"workers.launch {node_name(model, 'home')}"
        return next(pid for pid in self.family() if command in " ".join(psutil.Process(pid).cmdline()))

    def submit(self, text: str, **fields: Any) -> str:
        """Submit a job for the model of this house."""
        return self.flock.submit(text, **{"model": MODEL, "deadline_s": 600.0, **fields})

    def begun(self, text: str, **fields: Any) -> str:
        """Submit a job and return once it is being answered."""
        job = self.submit(text, **fields)
        until(lambda: self.flock.view(job).state is JobState.GENERATING, "the first word")
        return job

    def answered(self, job: str) -> JobView:
        """Wait for the end of a job."""
        until(lambda: self.flock.view(job).ended, f"the end of {job}: {self.flock.view(job)}")
        return self.flock.view(job)

    def asked(self, count: int, text: str, **fields: Any) -> list[JobView]:
        """Have so many people ask at once, and wait for all answers."""
        fields = {"model": "echo", **fields}
        jobs = [self.submit(text, user=f"{text} {number}", **fields) for number in range(count)]
        return [self.answered(job) for job in jobs]

    def close(self) -> None:
        """End what still runs."""
        self.command.end()
        self.flock.store.close()


class Worker:
    """One Celery worker process without an agent: a test plays the host."""

    def __init__(self, folder: Path, redis_url: str, *, slots: int = 2, **post: Any) -> None:
        self.house = Household(folder, redis_url)
        self.flock = self.house.flock
        self.card = self.flock.host("home", SLUG)
        self.ready_file = folder / "worker.ready"
        self.post = Post(
            host="home",
            fence=self.card.fence,
            model=MODEL,
            engine="fake+scripted",
            engine_name=MODEL,
            slots=slots,
            context_tokens=4096,
            ready_file=str(self.ready_file),
            **post,
        )
        self.log = folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start it, and return once it hears bells."""
        told = {**self.house.command.environ(), POST_ENV: self.post.model_dump_json(), **(environment or {})}
        command = [sys.executable, "-P", "-m", "workers.launch"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.house.folder, env=told, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
            )
        until(self.ready_file.exists, f"the worker:\n{self.log.read_text()}")
        return self.process

    def close(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.house.close()
