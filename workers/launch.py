"""A Celery worker process: booted with its services, on a leash, hearing one kind of bell."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from celery import signals

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import logsetup, names, roles
from tasks.contracts.fleetwatch import FleetWatch, load_last_good
from tasks.contracts.queues import MEMORY, RECALL, TRAINING, UPKEEP
from tasks.contracts.redisurl import broker_url
from tasks.contracts.settings import Settings
from tasks.jobs import signs
from tasks.jobs.remembering import keep_saying
from tasks.services import Services
from workers import boot
from workers.offspring import Tether
from workers.post import POST_ENV, QUIET, Post
from workers.supervision import leash
from workers.task_events import GatheringDispatcher

UPKEEP_WORKER = {"queues": [UPKEEP], "pool_cls": "solo", "hostname": f"upkeep@{socket.gethostname()}", **QUIET}

#: At most one thread is ever busy with what is to be remembered: the others stay free for who waits for an answer.
RECALLING_THREADS = 3
MEMORY_WORKER = {
    "queues": [RECALL, MEMORY],
    "pool_cls": "threads",
    "concurrency": 1 + RECALLING_THREADS,
    "hostname": f"memory@{socket.gethostname()}",
    **QUIET,
}

#: A child that has loaded what trains gives its memory back with its end, once its task is over; and whatever kills it
#: leaves somebody who hears the next bell. Nothing heavy is ever imported in the process that forks.
LIGHT_KIB = 300_000
TRAINING_WORKER = {
    "queues": [TRAINING],
    "pool_cls": "prefork",
    "concurrency": 1,
    "max_memory_per_child": LIGHT_KIB,
    "hostname": f"training@{socket.gethostname()}",
    **QUIET,
}


def run_worker(
    settings: Settings, services: Services, options: dict[str, Any], ready_file: Path | None = None
) -> NoReturn:
    """Run a Celery worker in this process, whose logs are configured already, until it is told to end.

    Not by Celery's own command: that would import every plug-in of it, Flower and its page included.
    """
    # Connected, so that Celery leaves logging alone.
    signals.setup_logging.connect(_leave_logging_alone)
    if ready_file is not None:
        signals.worker_ready.connect(lambda **_said: ready_file.touch(), weak=False)
    signals.worker_shutting_down.connect(lambda **_said: services.ending.set(), weak=False)
    app.conf.update(broker_url=broker_url(settings.redis_url))
    RookeryTask.supply(services)
    app.events.dispatcher_cls = f"{GatheringDispatcher.__module__}:{GatheringDispatcher.__name__}"
    worker = app.Worker(**options)
    worker.start()
    sys.exit(worker.exitcode)


def run_upkeep(settings: Settings) -> NoReturn:
    """Run the worker of beat's own small tasks."""
    # What is owed to the transcript, and to who is to be told, does not wait for beat, which may not be there yet.
    for task in (names.ARCHIVE, names.NOTIFY):
        signals.worker_ready.connect(lambda task=task, **_said: app.tasks[task].delay(), weak=False)
    watch = FleetWatch(settings, os.environ, roles.UPKEEP)
    run_worker(settings, boot.upkeep_services(settings, watch.current), UPKEEP_WORKER)


def run_memory(settings: Settings, services: Services) -> NoReturn:
    """Run the worker that remembers; it goes on at once where the last one ended."""
    saying = threading.Thread(
        target=keep_saying, args=(services.store, services.ending), name="up: memory", daemon=True
    )
    signals.worker_ready.connect(lambda **_said: saying.start(), weak=False)
    signals.worker_ready.connect(lambda **_said: app.tasks[names.INGEST].apply_async(queue=MEMORY), weak=False)
    signals.worker_shutdown.connect(lambda **_said: services.memory().close(), weak=False)
    run_worker(settings, services, MEMORY_WORKER)


def run_training(settings: Settings) -> NoReturn:
    """Run the worker that trains; it goes on at once where the last one ended, and makes up for a night."""
    services, tether = Services(store=boot.open_store(settings)), Tether()
    watch = FleetWatch(settings, os.environ, roles.UPKEEP)

    def begin(**_said: Any) -> None:
        ending = threading.Event()
        tether.tie(ending)
        RookeryTask.supply(boot.training_services(settings, watch.current, ending))

    here = signs.here(settings)
    saying = [
        threading.Thread(
            target=sign.keep_saying,
            args=(services.store, services.ending, signs.EVERY_S, here),
            name=f"up: {sign.name}",
            daemon=True,
        )
        for sign in (signs.TRAINING, signs.TRAINING.at(here))
    ]

    def say(**_said: Any) -> None:
        for thread in saying:
            thread.start()

    signals.worker_process_init.connect(begin, weak=False)
    signals.worker_shutting_down.connect(lambda **_said: tether.cut(), weak=False)
    signals.worker_ready.connect(say, weak=False)
    signals.worker_ready.connect(lambda **_said: app.tasks[names.WATCH].apply_async(queue=TRAINING), weak=False)
    run_worker(settings, services, TRAINING_WORKER)


def main() -> NoReturn:
    """Run the worker of one model: what the agent of a host starts."""
    leash.watch()
    post = Post.model_validate_json(os.environ[POST_ENV])
    settings = load_last_good(os.environ, roles.HOST)
    logsetup.set_up(settings, os.environ)
    run_worker(settings, boot.model_services(settings, post), post.worker_options(), Path(post.ready_file))


def _leave_logging_alone(**_said: Any) -> None:
    return


if __name__ == "__main__":
    main()
