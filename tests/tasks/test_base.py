"""Tasks ask for abilities, and say so when there are none."""

from __future__ import annotations

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import ConfigurationError
from tasks.jobs.store import Store
from tasks.services import Services


@pytest.fixture
def task() -> RookeryTask:
    """A task of ours, as Celery made it."""
    app.loader.import_default_modules()
    return app.tasks[names.HEARTBEAT]


def test_every_task_of_ours_is_one_that_asks_for_abilities(task):
    assert isinstance(task, RookeryTask)


def test_a_task_before_its_worker_was_booted_names_itself_and_the_way_out(task, monkeypatch):
    monkeypatch.setattr(RookeryTask, "supplied", None)
    with pytest.raises(ConfigurationError, match=r"upkeep\.heartbeat ran before .* → start workers with"):
        _ = task.services


def test_what_was_supplied_is_what_every_task_has(task, monkeypatch, redis_url):
    monkeypatch.setattr(RookeryTask, "supplied", None)
    services = Services(store=Store.open(redis_url))
    RookeryTask.supply(services)
    assert task.services is services
    assert app.tasks[names.ANSWER].services is services


@pytest.mark.parametrize(("ability", "words"), [("desk", "holds no model"), ("leases", "keeps no leases")])
def test_an_ability_that_was_not_given_is_a_clear_error(redis_url, ability, words):
    with pytest.raises(ConfigurationError, match=words):
        getattr(Services(store=Store.open(redis_url)), ability)()
