"""`rookery run training` with steps that only write files, and that wait in `train` for as long as a file says so."""

from __future__ import annotations

import os

from celery.concurrency.asynpool import AsynPool

from tasks.contracts import logsetup, roles
from tasks.contracts.fleetwatch import load_last_good
from tasks.contracts.learning import StepName
from tasks.training import steps
from tasks.training.runs.spec import Interrupted, Run
from tests.tasks.training.runs.paces import of, paces
from workers import launch
from workers.supervision import leash

HOLD, HELD = "hold", "held"  # files: whether who trains is to wait, and the process that does
LOOK_S = 0.01


def wait(run: Run) -> None:
    """Wait while a file says so; told to end meanwhile, go on later."""
    training_dir = run.folder.parents[1]
    if (training_dir / HOLD).exists():
        (training_dir / HELD).write_text(f"{os.getpid()}\n")
    while (training_dir / HOLD).exists():
        if run.workshop.ending.wait(LOOK_S):
            raise Interrupted("told to end")


def waiting() -> list[object]:
    """Return the steps."""
    made = paces()
    of(made, StepName.TRAIN).meets = wait
    return list(made)


if __name__ == "__main__":
    leash.watch()
    AsynPool.timers = property(lambda pool: {pool.maintain_pool: LOOK_S})  # who was killed is missed at once
    steps.all_steps = waiting  # type: ignore[assignment]
    steps.all_judges = tuple  # type: ignore[assignment]
    settings = load_last_good(os.environ, roles.UPKEEP)
    logsetup.set_up(settings, os.environ)
    launch.run_training(settings)
