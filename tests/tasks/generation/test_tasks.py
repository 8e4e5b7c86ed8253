"""The task that a bell calls."""

from __future__ import annotations

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import ConfigurationError
from tasks.generation import shift
from tasks.generation.tasks import answer
from tasks.services import Services
from tests.tasks.generation.bench import Bench


@pytest.fixture
def supplied(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Services:
    """This process is the worker of the bench."""
    services = Services(store=bench.store, answering_desk=bench.desk, lease_book=bench.renewer)
    monkeypatch.setattr(RookeryTask, "supplied", services)
    monkeypatch.setattr(shift, "STAYS_S", 0.0)
    return services


def test_one_bell_answers_all_that_waits_and_takes_their_bells_along(bench, supplied):
    jobs = [bench.submit(text) for text in ("one", "two", "three")]
    bench.hear()
    app.tasks[names.ANSWER]()
    assert [bench.view(job).text for job in jobs] == ["echo: one", "echo: two", "echo: three"]
    assert bench.bells() == 0


def test_a_worker_that_was_told_to_end_begins_nothing_more(bench, supplied):
    first, second = bench.submit("one"), bench.submit("two")
    supplied.ending.set()
    app.tasks[names.ANSWER]()
    assert (bench.view(first).text, bench.state(second)) == ("echo: one", "queued")
    assert bench.bells() == 1, "somebody else may hear it"


def test_a_bell_answers_no_more_than_so_many(bench, supplied, monkeypatch):
    monkeypatch.setattr(shift, "JOBS", 2)
    jobs = [bench.submit(text) for text in ("one", "two", "three")]
    app.tasks[names.ANSWER]()
    assert [bench.state(job) for job in jobs] == ["delivered", "delivered", "queued"]


def test_a_bell_that_nothing_waits_for_is_no_error(supplied):
    assert answer.apply().successful()


def test_a_worker_without_a_model_says_so(bench, monkeypatch):
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=bench.store))
    with pytest.raises(ConfigurationError, match="holds no model"):
        answer()
