"""A machine with the fleet file, as far as others can tell: a Redis with users, a gate before it, and an owner."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import redis

from tasks.contracts import roles
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings, load
from tasks.jobs import fleet_file
from tasks.jobs.store import Store
from tests.command import Command
from tests.workers.household import until
from workers.fleet import gate
from workers.fleet.owner import Owner, looking
from workers.fleet.users import Users
from workers.supervision.ports import free_port
from workers.supervision.redis_server import redis_child
from workers.supervision.supervise import Supervisor

#: A second address of this machine: whoever comes there comes from outside, as far as the gate is concerned.
OUTSIDE = "127.0.0.2"
READY_S = 60.0
FLEET = """
# The hosts of this flock.
[[model]]
name = "echo"
aliases = { home = "echo" }

[[host]]
name = "home"   # the first one
engine = "fake"
"""


class Lodge:
    """Where others join."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.file = folder, folder / "rookery.toml"
        folder.mkdir(exist_ok=True)
        self.port, self.outside_port = free_port(), free_port()
        self.file.write_text(self.told(FLEET))
        self.command = Command(folder, {"ROOKERY_CONFIG": str(self.file), **environment})
        self.users = Users(folder / "data" / roles.FOLDER, "rookery")
        self.said: list[str] = []

    def told(self, fleet: str) -> str:
        """Return the settings with this fleet in it."""
        return f'[redis]\nport = {self.port}\nlisten = "{OUTSIDE}:{self.outside_port}"\n{fleet}'

    def settings(self, role: str = roles.ADMIN) -> Settings:
        """Return what a process of this machine is told."""
        return load(self.file, {}, role)

    def store(self, role: str = roles.ADMIN) -> Store:
        """Return the ledger as one role sees it."""
        settings = self.settings(role)
        return Store.open(settings.redis_url, settings.namespace)

    def client(self, role: str) -> redis.Redis:
        """Return Redis as one role sees it."""
        return redis.Redis.from_url(self.settings(role).redis_url, decode_responses=True)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Run Redis, the gate and the owner while the block runs."""
        child = redis_child(self.users.folder, self.port, users=self.users)
        with Supervisor([child], log_dir=self.folder) as supervisor:
            supervisor.wait_ready(READY_S)
            with (self.folder / "gate.log").open("w") as log:
                self.command.start("run", "gate", stdout=log, stderr=log)
            try:
                until(lambda: gate.read_state(self.users.folder), "the gate")
                with looking(self.owner().look, self.said.append, every_s=0.05):
                    yield
            finally:
                self.command.end()

    def owner(self) -> Owner:
        """Return an owner of the file."""
        settings = self.settings()
        watch = FleetWatch(settings, {})
        return Owner(settings, watch, self.store(), tell=self.said.append)

    def clear(self) -> None:
        """Forget what tests did to the file."""
        baseline = self.told(FLEET)
        if self.file.read_text() != baseline:
            self.file.write_text(baseline)
            store = self.store()
            until(lambda: '"home"' in store.run(fleet_file.read()).text, "the file as it was at first")
            store.close()
        self.said.clear()
