"""Two beats on one Redis: one of them rings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery

from tasks.contracts.queues import MEMORY, TRAINING
from tasks.jobs.store import Store
from workers.ringing import LOOK_EVERY_S, OFFICE, LeadingScheduler

EVERY = timedelta(microseconds=1)  # due at every look, however quick they are
LOOKS = 40


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    """The ledger."""
    opened = Store.open(redis_url)
    yield opened
    opened.close()


@pytest.fixture
def beat(store: Store, redis_url: str, tmp_path: Path) -> Iterator[Callable[[str], LeadingScheduler]]:
    """Call it for a beat on a machine of its own, with one entry that is always due."""
    made: list[LeadingScheduler] = []

    def start(machine: str) -> LeadingScheduler:
        app = Celery(machine, broker=redis_url, set_as_current=False)
        app.conf.beat_schedule = {"ring": {"task": "nothing", "schedule": EVERY, "options": {"queue": machine}}}
        made.append(LeadingScheduler(app=app, schedule_filename=str(tmp_path / machine), store=store))
        return made[-1]

    yield start
    for one in made:
        one.close()


def looks(*beats: LeadingScheduler) -> None:
    for _ in range(LOOKS):
        for one in beats:
            assert one.tick() <= LOOK_EVERY_S


def rung(store: Store, machine: str) -> int:
    return int(store.client.llen(machine))


def test_the_first_one_rings_and_the_second_stands_by(store: Store, beat: Callable[[str], LeadingScheduler]):
    looks(beat("first"), beat("second"))
    assert (rung(store, "first") > 0, rung(store, "second")) == (True, 0)


def test_the_second_one_takes_over_when_the_first_is_gone(store: Store, beat: Callable[[str], LeadingScheduler]):
    first, second = beat("first"), beat("second")
    looks(first, second)
    store.client.delete(store.key("lead", OFFICE))  # as when its lease has lapsed
    looks(second)
    before = rung(store, "first")
    looks(first, second)
    assert rung(store, "first") == before
    assert rung(store, "second") > 0


def test_without_redis_it_looks_again_and_does_not_end(
    store: Store, beat: Callable[[str], LeadingScheduler], free_port: Callable[[], int]
):
    away = Store.open(f"redis://127.0.0.1:{free_port()}/0")
    one = beat("first")
    one._ledger = away
    looks(one)
    assert rung(store, "first") == 0
    one._ledger = store
    looks(one)
    assert rung(store, "first") > 0


@pytest.mark.parametrize("queue", [MEMORY, TRAINING])
def test_where_nobody_may_be_to_hear_it_one_bell_is_enough(
    store: Store, beat: Callable[[str], LeadingScheduler], queue: str
):
    looks(beat(queue))
    assert rung(store, queue) == 1
