"""What a host does in its quiet hours, by a ledger on a real Redis and a clock on the wall that the test sets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tasks.jobs import fleet_moves
from tasks.jobs.values import Word
from tests.tasks.jobs.flock import Flock
from workers.residency.quiet import QuietLedger, wall_clock


@pytest.mark.parametrize(
    ("told", "hour", "does"),
    [
        (Word.RUN, 3, Word.PAUSE),
        (Word.RUN, 12, Word.RUN),
        (Word.DRAIN, 3, Word.DRAIN),
        (Word.PAUSE, 12, Word.PAUSE),
    ],
)
def test_a_host_pauses_in_its_quiet_hours_and_obeys_besides(redis_url: str, told: Word, hour: int, does: Word) -> None:
    flock = Flock(redis_url)
    card = flock.host("home", "echo")
    flock.store.run(fleet_moves.control("home", told))
    ledger = QuietLedger(flock.store, card, "23:00-07:00", lambda: datetime(2026, 6, 1, hour, tzinfo=UTC))
    sight = ledger.look([])
    assert sight is not None
    assert sight.word is does


def test_a_host_whose_name_was_taken_is_told_so_at_night_too(redis_url: str) -> None:
    flock = Flock(redis_url)
    card = flock.host("home", "echo").model_copy(update={"fence": 99})
    assert QuietLedger(flock.store, card, "00:00-23:59, 23:59-00:00").look([]) is None


def test_the_wall_has_the_time_of_this_place() -> None:
    assert wall_clock().tzinfo is not None
    assert wall_clock().utcoffset() == datetime.now().astimezone().utcoffset()
