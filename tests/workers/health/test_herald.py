"""Who is told how an engine stands: the agent, the ledger, the worker itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tasks.jobs.store import Store
from tests.tasks.jobs.flock import MODEL, Flock
from workers.health import bulletin
from workers.health.breaker import Standing
from workers.health.bulletin import Bulletin
from workers.health.endings import MODEL_GONE
from workers.health.herald import Place, WorkerHerald

FOR_S = 600.0


@pytest.fixture
def flock(redis_url: str) -> Flock:
    """A ledger with two hosts for one model."""
    return Flock(redis_url)


def herald(flock: Flock, folder: Path, store: Store | None = None) -> tuple[WorkerHerald, Place, threading.Event]:
    place, ending = Place(flock.host("anvil"), MODEL, MODEL, folder / "demo.health"), threading.Event()
    return WorkerHerald(store or flock.store, place, ending, end=lambda _code: None), place, ending


def test_while_the_breaker_is_open_another_host_gets_the_jobs(flock, tmp_path):
    tells, place, _ = herald(flock, tmp_path)
    other, job = flock.host("bellows"), flock.submit()
    tells.tripped(FOR_S)
    assert flock.claim(place.card) is None
    assert flock.take(other).job == job


def test_on_probation_a_host_is_given_one_job_at_a_time(flock, tmp_path):
    tells, place, _ = herald(flock, tmp_path)
    flock.submit()
    flock.submit()
    tells.tripped(FOR_S)
    tells.doubted()
    flock.take(place.card)
    assert flock.claim(place.card) is None
    tells.mended()
    flock.take(place.card)


def test_what_the_ledger_could_not_be_told_it_is_told_with_the_next_bulletin(flock, tmp_path, free_port):
    away = Store.open(f"redis://127.0.0.1:{free_port()}/0")
    tells, place, _ = herald(flock, tmp_path, away)
    flock.submit()
    tells.tripped(FOR_S)
    tells._store = flock.store
    tells.told(Bulletin(Standing.OPEN))
    assert flock.claim(place.card) is None
    assert bulletin.read(place.path)["standing"] == "open"


def test_a_worker_that_its_agent_has_to_see_to_begins_nothing_more_and_ends(flock, tmp_path):
    codes: list[int] = []
    place, ending = Place(flock.host(), MODEL, MODEL, tmp_path / "demo.health"), threading.Event()
    WorkerHerald(flock.store, place, ending, end=codes.append).needs(MODEL_GONE)
    assert ending.is_set()
    assert codes == [MODEL_GONE]
