"""A Celery worker process: booted with its services, on a leash, hearing one kind of bell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import signals

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import logs
from tasks.contracts.queues import UPKEEP
from tasks.contracts.settings import Settings, load
from tasks.services import Services
from workers import boot
from workers.post import POST_ENV, QUIET, Post
from workers.supervision import leash

UPKEEP_ARGV = (
    "worker",
    f"--queues={UPKEEP}",
    "--pool=solo",
    "--hostname=upkeep@%h",
    *QUIET,
)


def run_worker(settings: Settings, services: Services, argv: list[str], ready_file: Path | None = None) -> None:
    """Run a Celery worker in this process, whose logs are configured already, until it is told to end."""
    # Connected, so that Celery leaves logging alone.
    signals.setup_logging.connect(_leave_logging_alone)
    if ready_file is not None:
        signals.worker_ready.connect(lambda **_said: ready_file.touch(), weak=False)
    app.conf.update(broker_url=settings.redis_url)
    RookeryTask.supply(services)
    app.worker_main(argv)


def run_upkeep(settings: Settings) -> None:
    """Run the worker of beat's own small tasks."""
    run_worker(settings, boot.upkeep_services(settings), list(UPKEEP_ARGV))


def main() -> None:
    """Run the worker of one model: what the agent of a host starts."""
    leash.watch()
    post = Post.model_validate_json(os.environ[POST_ENV])
    settings = load(None, os.environ)
    logs.configure(settings.fleet.log.level, as_json=settings.fleet.log.as_json)
    run_worker(settings, boot.model_services(settings, post), post.worker_argv(), Path(post.ready_file))


def _leave_logging_alone(**_said: Any) -> None:
    return


if __name__ == "__main__":
    main()
