"""What each process of this room does from its start to its end."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tasks.celery import app
from tasks.contracts import folders, logsetup, roles
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.fleetwatch import load_last_good
from tasks.contracts.redisurl import broker_url
from tasks.contracts.settings import Settings
from tasks.jobs.sweeper import Sweeper
from workers import boot, launch
from workers.fleet import gate, serving
from workers.fleet.following import Follower, refuse_elsewhere
from workers.fleet.owner import looking
from workers.host import Agent
from workers.ringing import LeadingScheduler
from workers.supervision.housekeeping import keeping_house
from workers.supervision.ports import refuse_taken_port

BEAT_FILE = "beat-schedule"
FLOWER_USER = "rookery"
FLOWER_PASSWORD_FILE = "flower.password"  # noqa: S105 (where it is kept, not what it is)
ENDING = (signal.SIGINT, signal.SIGTERM)
logger = logging.getLogger(__name__)


def run_host(name: str) -> None:
    """Serve one host until told to end.

    Raises:
        ConfigurationError: it is disabled, its server wants a key that is not there, or it has no folder to write to.
    """
    settings = _start(roles.HOST)
    with _following(settings):
        _run_host(settings, name)


def _run_host(settings: Settings, name: str) -> None:
    host = settings.fleet.host(name)
    refuse_elsewhere(settings, name)
    if not host.enabled:
        raise ConfigurationError(f"host {name!r} is disabled", next_step=f"set enabled = true in {settings.source}")
    settings.api_key(host, os.environ)
    folders.make(folders.data_of(settings))
    stop = threading.Event()
    for number in ENDING:
        signal.signal(number, lambda *_: stop.set())
    store = boot.open_store(settings)

    def agent(now: Settings, served: Host, ending: threading.Event, fleet: Callable[[], Fleet]) -> None:
        def tell(line: str) -> None:
            print(line, flush=True)  # noqa: T201 (its log is its output)

        Agent(now, served, store, tell, fleet).run(ending)

    with keeping_house(settings):
        serving.serve(settings, name, os.environ, stop, agent)


def run_upkeep() -> None:
    """Work on beat's own small tasks."""
    launch.run_upkeep(_start(roles.UPKEEP))


def run_memory() -> None:
    """Remember what was said, and recall it for whoever is to answer.

    Raises:
        ConfigurationError: nobody is to remember, or packages or the model are not here.
        MemoryLocked: another process owns the folder of memories.
    """
    settings = _start(roles.UPKEEP)
    folders.make(folders.data_of(settings))
    launch.run_memory(settings, boot.memory_services(settings))


def run_training() -> None:
    """Have personas learn from what was said, a run at a time.

    Raises:
        ConfigurationError: nobody is to learn, or packages are not here.
    """
    settings = _start(roles.UPKEEP)
    folders.make(folders.data_of(settings))
    boot.refuse_training(settings)
    launch.run_training(settings)


def run_beat() -> None:
    """Ring what is due by the clock, unless another beat does; also a candidate sweeper."""
    settings = _start(roles.BEAT)
    folders.make(folders.data_of(settings))
    store = boot.open_store(settings)
    Sweeper(store).start()
    app.conf.update(broker_url=broker_url(settings.redis_url))
    scheduler: Any = partial(LeadingScheduler, store=store)
    beat = app.Beat(scheduler=scheduler, schedule=str(settings.data_dir / BEAT_FILE), loglevel="WARNING", quiet=True)
    beat.run()


def run_flower() -> None:
    """Show workers and tasks on a page behind a password."""
    settings = _start(roles.FLOWER)
    folders.make(folders.data_of(settings))
    bind, port = settings.fleet.flower.bind, settings.fleet.flower.port
    refuse_taken_port(port, "Flower", host=bind, setting="flower.port in rookery.toml")
    app.conf.update(broker_url=broker_url(settings.redis_url))
    # By environment: arguments of a process can be read by everybody on the machine.
    os.environ["FLOWER_BASIC_AUTH"] = f"{FLOWER_USER}:{settings.flower_password or flower_password(settings.data_dir)}"
    app.start(["flower", f"--address={bind}", f"--port={port}", "--logging=warning"])


def run_gate() -> None:
    """Let other machines reach our own Redis.

    Raises:
        ConfigurationError: it is not to be reached, or cannot be.
    """
    settings = _start(roles.ADMIN)
    if not (settings.own_redis and settings.fleet.redis.listen):
        raise ConfigurationError(
            "there is no gate to open: `listen` in [redis] names no address, or Redis is not our own",
            next_step="start the flock with `rookery up --listen 0.0.0.0`",
        )
    gate.open_gate(settings.data_dir / roles.FOLDER, settings.fleet.redis.gate, settings.fleet.redis.port)


def flower_password(data_dir: Path) -> str:
    """Return the password of the Flower page, made at first use and readable by its owner alone."""
    path = data_dir / FLOWER_PASSWORD_FILE
    if path.exists() and (password := path.read_text("ascii").strip()):
        return password
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        password = secrets.token_urlsafe(12)
        file.write(password + "\n")
    fresh.replace(path)
    return password


@contextmanager
def _following(settings: Settings) -> Iterator[None]:
    """Keep the fleet file of the flock at hand while the block runs, on a machine that joined one."""
    if not settings.machine:
        yield
        return
    with looking(Follower(settings, boot.open_store(settings), tell=logger.info).look, logger.info):
        yield


def _start(role: str) -> Settings:
    settings = load_last_good(os.environ, role)
    logsetup.set_up(settings, os.environ)
    return settings
