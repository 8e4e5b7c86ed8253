"""The task that a bell calls."""

from __future__ import annotations

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import ConfigurationError
from tasks.generation.tasks import answer
from tasks.services import Services
from tests.tasks.generation.bench import Bench


@pytest.fixture
def supplied(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Services:
    """This process is the worker of the bench."""
    services = Services(store=bench.store, answering_desk=bench.desk, lease_book=bench.renewer)
    monkeypatch.setattr(RookeryTask, "supplied", services)
    return services


def test_a_bell_answers_one_job(bench, supplied):
    first, second = bench.submit("one"), bench.submit("two")
    app.tasks[names.ANSWER]()
    assert (bench.view(first).text, bench.state(second)) == ("echo: one", "queued")


def test_a_bell_that_nothing_waits_for_is_no_error(supplied):
    assert answer.apply().successful()


def test_a_worker_without_a_model_says_so(bench, monkeypatch):
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=bench.store))
    with pytest.raises(ConfigurationError, match="holds no model"):
        answer()
