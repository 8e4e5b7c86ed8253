"""When memories are looked through."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tasks.contracts import names
from tasks.contracts.queues import MEMORY
from tasks.jobs.store import Store
from tasks.memory.tiers.rounds import MS, Round, ask, due_ms


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * MS)


@pytest.mark.parametrize(
    ("now", "day", "week"),
    [  # 22 November 2026 is a Sunday
        ("2026-11-22T01:59:59", "2026-11-21T02:00", "2026-11-15T02:00"),
        ("2026-11-22T02:00:00", "2026-11-22T02:00", "2026-11-22T02:00"),
        ("2026-11-25T13:00:00", "2026-11-25T02:00", "2026-11-22T02:00"),
        ("2026-11-28T23:59:59", "2026-11-28T02:00", "2026-11-22T02:00"),
    ],
)
def test_every_night_at_two_and_every_sunday(now: str, day: str, week: str) -> None:
    assert (due_ms(Round.DAY, ms(now)), due_ms(Round.WEEK, ms(now))) == (ms(day), ms(week))


def test_who_asks_rings_for_it(redis_url: str) -> None:
    ledger = Store.open(redis_url)
    ask(ledger, Round.WEEK)
    told = json.loads(ledger.client.rpop(MEMORY))
    assert told["headers"]["task"] == names.TIDY
    assert json.loads(told["body"])[0] == ["week"]
    ledger.close()
