"""The tasks of training: what fails ends none of them, and what is to be gone on with is rung for."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import AlreadyRunning, ConfigurationError, StoreUnavailable
from tasks.contracts.queues import TRAINING
from tasks.jobs.store import Store
from tasks.services import Services
from tests.tasks.ringing import give_back


class Learner:
    """Has runs to be walked; or a Redis that is away."""

    def __init__(self, *runs: str, error: Exception | None = None) -> None:
        self.runs, self.error = runs, error
        self.told: list[str] = []

    def train(self, run: str) -> None:
        self.told.append(run)
        if self.error:
            raise self.error

    def learn(self) -> tuple[str, ...]:
        if self.error:
            raise self.error
        return self.runs[:1]

    def watch(self) -> tuple[str, ...]:
        if self.error:
            raise self.error
        return self.runs


@pytest.fixture
def store(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """What tasks ring on."""
    app.loader.import_default_modules()
    monkeypatch.setattr(RookeryTask, "supplied", None)
    monkeypatch.setitem(app.conf, "broker_url", redis_url)
    made = Store.open(redis_url)
    yield made
    made.close()
    give_back()


def rung(store: Store) -> list[tuple[str, list[str]]]:
    """Return the task and the arguments of each bell, the earliest first."""
    told = [json.loads(bell) for bell in reversed(store.client.lrange(TRAINING, 0, -1))]
    return [(bell["headers"]["task"], json.loads(base64.b64decode(bell["body"]))[0]) for bell in told]


def test_a_night_rings_for_the_runs_that_it_made_and_a_look_for_all_to_go_on_with(store: Store) -> None:
    RookeryTask.supply(Services(store=store, learner=Learner("night-1", "night-0")))
    app.tasks[names.LEARN].apply().get()
    assert rung(store) == [(names.TRAIN, ["night-1"])]
    app.tasks[names.WATCH].apply().get()
    assert rung(store)[1:] == [(names.TRAIN, ["night-1"]), (names.TRAIN, ["night-0"])]


def test_a_bell_has_its_run_walked(store: Store) -> None:
    learner = Learner()
    RookeryTask.supply(Services(store=store, learner=learner))
    app.tasks[names.TRAIN].apply(args=("night-1",)).get()
    assert learner.told == ["night-1"]


@pytest.mark.parametrize("error", [StoreUnavailable("Redis did not answer"), AlreadyRunning("another run goes on")])
def test_what_fails_is_in_the_log_and_left_for_the_next_look(
    store: Store, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    RookeryTask.supply(Services(store=store, learner=Learner("night-1", error=error)))
    with caplog.at_level(logging.WARNING):
        for task, args in ((names.TRAIN, ("night-1",)), (names.LEARN, ()), (names.WATCH, ())):
            app.tasks[task].apply(args=args).get()
    assert [record.message for record in caplog.records] == [
        "a run was not walked",
        "no run was made",
        "training was not looked after",
    ]
    assert rung(store) == []


def test_a_worker_that_trains_nobody_says_who_does(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="trains nobody") as told:
        Services(store=store).training()
    assert "rookery run training" in told.value.next_step
