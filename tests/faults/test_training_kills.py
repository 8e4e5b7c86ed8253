"""Whoever trains is killed again and again: the adapter is the one nobody disturbed, and goes into service once."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.learning import Course, StepName
from tasks.training.runs import progress
from tests.faults.trainee import Trainee

pytestmark = [pytest.mark.faults, pytest.mark.slow]
KILLS, LONG_KILLS = 20, 100
EACH = 5  # kills of one run; the next begins anew
PATIENCE_S = 300.0
LOOK_S = 0.001  # some steps are over in a twentieth of a second


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, redis_server: object) -> Trainee:
    """A run that nobody disturbed."""
    redis_server.ensure()  # type: ignore[attr-defined]
    trainee = Trainee(tmp_path_factory.mktemp("undisturbed") / "run", redis_server.url)  # type: ignore[attr-defined]
    process = trainee.start()
    process.join(PATIENCE_S)
    assert (process.exitcode, trainee.course()) == (0, Course.PROMOTED)
    return trainee


def test_twenty_kills_change_nothing(tmp_path: Path, redis_url: str, undisturbed: Trainee) -> None:
    survive(tmp_path, redis_url, undisturbed, KILLS)


def test_a_hundred_kills_change_nothing(tmp_path: Path, redis_url: str, undisturbed: Trainee) -> None:
    survive(tmp_path, redis_url, undisturbed, LONG_KILLS)


def survive(place: Path, redis_url: str, undisturbed: Trainee, kills: int) -> None:
    """Kill so often, a few times in each run, and see that every run comes to the same."""
    chance = random.Random(kills)
    killed: set[StepName] = set()
    for number in range(kills // EACH):
        trainee = Trainee(place / str(number), redis_url)
        for step in sorted(chance.choices(list(StepName), k=EACH), key=list(StepName).index):
            killed |= set(_kill(trainee, step, chance.random() * undisturbed.took_s(step)))
        process = trainee.start()
        process.join(PATIENCE_S)
        assert (process.exitcode, trainee.course()) == (0, Course.PROMOTED)
        assert (trainee.weights(), trainee.promotions()) == (undisturbed.weights(), 1)
    assert len(killed) >= len(StepName) / 2, killed


def _kill(trainee: Trainee, step: StepName, after_s: float) -> Iterator[StepName]:
    """Kill who walks the run a moment into a step, or where it is by then; yields the step that it died in."""
    process = trainee.start()
    give_up_s = time.monotonic() + PATIENCE_S
    order = list(StepName)
    while process.is_alive() and time.monotonic() < give_up_s:
        now = progress.read(trainee.place)
        if now is not None and order.index(now.step) >= order.index(step):
            break
        time.sleep(LOOK_S)
    process.join(after_s)
    process.kill()
    process.join()
    if trainee.course() is None and (now := progress.read(trainee.place)):
        yield now.step
