"""When memories are looked through, as beat itself reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import crontab

from schedules.memory import ENTRIES
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.queues import MEMORY
from tasks.memory.tiers.rounds import Round

SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rings_next(name: str, after: datetime) -> datetime:
    """Return when beat rings for an entry the next time."""
    schedule = ENTRIES[name]["schedule"]
    assert isinstance(schedule, crontab)
    told = crontab(
        schedule._orig_minute,
        schedule._orig_hour,
        schedule._orig_day_of_week,
        nowfun=lambda: after,
        app=app,
    )
    return after + told.remaining_estimate(after)


@pytest.mark.parametrize(
    ("name", "first", "every"),
    [
        ("compress-memories-daily", datetime(2026, 11, 22, 2, tzinfo=UTC), timedelta(days=1)),
        ("compress-memories-weekly", datetime(2026, 11, 22, 2, tzinfo=UTC), timedelta(days=7)),
    ],
)
def test_every_night_at_two_and_every_sunday_at_two(name: str, first: datetime, every: timedelta) -> None:
    assert rings_next(name, SATURDAY) == first
    assert rings_next(name, first) == first + every


def test_the_bells_ask_for_rounds_that_there_are_on_the_queue_of_who_remembers() -> None:
    tidying = {name: entry for name, entry in ENTRIES.items() if entry["task"] == names.TIDY}
    assert {entry["options"]["queue"] for entry in tidying.values()} == {MEMORY}
    asked = [Round(which) for entry in tidying.values() for which in entry.get("args", ())]
    assert sorted(asked) == [Round.DAY, Round.WEEK]
    assert [name for name, entry in tidying.items() if not entry.get("args")] == ["tidy-memories-ten-minutely"]
