"""`rookery up` as a process, and the file that it obeys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from tasks.jobs import fleet_moves
from tests.command import Command
from tests.tasks.jobs.flock import Flock
from tests.workers.household import until
from workers.supervision.ports import free_port

REST = """
[[model]]
name = "echo"
aliases = { openai = "echo" }
slots = 2
[[persona]]
name = "first"
model = "echo"
prompt = "one"
"""


def hosts(*names: str, off: str = "") -> str:
    """Return the entries of these hosts, one of them switched off."""
    return "".join(
        f'[[host]]\nname = "{name}"\nengine = "fake"\n{"enabled = false" if name == off else ""}\n' for name in names
    )


class Flying:
    """`rookery up` in a folder, and the file that it obeys."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.folder, self.redis_url = folder, redis_url
        self.command = Command(folder, {"ROOKERY_TEST_SCRIPTED": "1"})
        self.page = free_port()
        self.ports = f"[web]\nport = {self.page}\n[flower]\nenabled = false\n"
        self.flock = Flock(redis_url)
        self.says(hosts("home"))
        with self.log.open("w") as log:
            self.process = self.command.start("up", stdout=log, stderr=log)
        until(lambda: self.process.poll() is not None or "Rookery is up." in self.log.read_text(), "the flock")
        assert self.process.poll() is None, self.log.read_text()

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "up.log"

    def says(self, fleet: str) -> None:
        """Write the file; nothing else is told to anybody."""
        self.command.settings(f'[redis]\nurl = "{self.redis_url}"\n{self.ports}{fleet}{REST}')

    def up(self) -> set[str]:
        """Return the hosts that are up and hold their models."""
        seen = self.flock.store.run(fleet_moves.status()).hosts
        return {
            each.name
            for each in seen
            if each.live and any(model["state"] == "ready" for model in each.about.get("models", []))
        }

    def answered(self, job: str) -> Any:
        """Wait for the end of a job."""
        until(lambda: self.flock.view(job).ended, f"the end of {job}")
        return self.flock.view(job)

    def submit(self, text: str, **fields: Any) -> str:
        """Submit a job."""
        return self.flock.submit(text, **{"model": "echo", "deadline_s": 600.0, **fields})

    def where(self, count: int, mark: str) -> set[str]:
        """Return which hosts answer what is said now."""
        jobs = [
            self.submit(f"{mark} {number} !slow 0.02", user=f"{mark}{number}", session=f"{mark}{number}")
            for number in range(count)
        ]
        return {self.answered(job).host for job in jobs}

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        self.command.end()
        self.flock.store.close()


@contextmanager
def aloft(redis_server: Any, folder: Path) -> Iterator[Flying]:
    """Have a flock on an empty Redis for as long as a block runs; it takes seconds to start."""
    redis_server.ensure()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    made = Flying(folder, redis_server.url)
    yield made
    made.close()


def with_one_host(flying: Flying) -> Flying:
    """Bring a flock back to one host, `home`."""
    flying.says(hosts("home"))
    until(lambda: flying.up() == {"home"}, "one host alone")
    return flying
