"""Beat's entries, as beat itself reads them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from celery.beat import ScheduleEntry
from celery.schedules import maybe_schedule

from schedules import BEAT_SCHEDULE
from schedules.upkeep import ENTRIES, HEARTBEAT_EVERY
from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tasks.services import Services
from workers.fleet.joining import ODD_CLOCK_S


def test_the_schedule_holds_every_entry_of_every_file():
    assert ENTRIES.items() <= BEAT_SCHEDULE.items()


@pytest.mark.parametrize("name", BEAT_SCHEDULE)
def test_an_entry_is_called_verb_noun_period_and_beat_can_read_it(name):
    assert re.fullmatch(r"[a-z]+(-[a-z]+){2,}", name)
    entry = ScheduleEntry(name=name, app=app, **BEAT_SCHEDULE[name])
    assert maybe_schedule(entry.schedule).is_due(entry.last_run_at)


def test_a_heartbeat_that_nobody_heard_is_dropped_before_the_next():
    entry = ENTRIES["note-heartbeat-half-minutely"]
    assert entry["options"]["expires"] <= entry["schedule"].total_seconds()


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_bells_expire_and_are_heard_where_the_clock_of_who_hears_them_is_ahead(entry):
    assert ODD_CLOCK_S <= entry["options"]["expires"] <= 3600  # by beat's clock; of one that is more ahead people hear


def test_a_sign_of_life_is_neither_rare_nor_a_burden():
    assert timedelta(seconds=10) <= HEARTBEAT_EVERY <= timedelta(minutes=1)


def test_a_heartbeat_that_was_heard_shows_in_the_status(redis_url, monkeypatch):
    store = Store.open(redis_url)
    assert store.run(fleet_moves.status()).heartbeat_ms == 0
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=store))
    app.loader.import_default_modules()
    app.tasks[names.HEARTBEAT]()
    seen = store.run(fleet_moves.status())
    assert 0 <= seen.now_ms - seen.heartbeat_ms < 60_000
