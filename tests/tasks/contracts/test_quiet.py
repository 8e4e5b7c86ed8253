"""Quiet hours: over midnight, several a day, and on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tasks.contracts.quiet import quiet_until, read_hours

NIGHT = "23:00-07:00"


@pytest.mark.parametrize(
    ("text", "at", "until"),
    [
        (NIGHT, time(22, 59, 59), None),
        (NIGHT, time(23), time(7)),
        (NIGHT, time(0), time(7)),
        (NIGHT, time(6, 59, 59), time(7)),
        (NIGHT, time(7), None),
        ("9:00-17:30", time(12), time(17, 30)),
        ("9:00-17:30", time(8, 59), None),
        ("12:00-13:00, 23:00-07:00", time(12, 30), time(13)),
        ("12:00-13:00, 23:00-07:00", time(3), time(7)),
        ("00:00-06:00", time(0), time(6)),
        ("18:00-00:00", time(23, 59), time(0)),
        ("", time(3), None),
    ],
)
def test_hours_are_quiet_from_their_start_until_their_end(text: str, at: time, until: time | None) -> None:
    assert quiet_until(text, at) == until


@pytest.mark.parametrize(
    "text", ["23-7", "23:00", "24:00-07:00", "23:60-07:00", "08:00-08:00", "23:00-07:00,", "night"]
)
def test_what_names_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted hours such as"):
        read_hours(text)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), 7),  # the clocks go forward in this night
        (datetime(2026, 10, 24, 12, tzinfo=UTC), 9),  # and back in this one
        (datetime(2026, 6, 1, 12, tzinfo=UTC), 8),
    ],
)
def test_a_night_is_one_stretch_also_when_the_clocks_change(day: datetime, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    looks = [day + timedelta(minutes=step) for step in range(24 * 60)]
    quiet = [look for look in looks if quiet_until(NIGHT, look.astimezone(zone).time()) is not None]
    assert len(quiet) == hours * 60
    assert quiet[-1] - quiet[0] == timedelta(minutes=hours * 60 - 1), "one stretch without a gap"
