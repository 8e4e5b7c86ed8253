"""Quiet hours of a host, such as `23:00-07:00`: by the clock on the wall where the host stands. Pure."""

from __future__ import annotations

import re
from datetime import time
from typing import NamedTuple

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")
WISH = 'wanted hours such as "23:00-07:00", several with commas between them'


class Hours(NamedTuple):
    """From one time of the day until another; over midnight where the second is the earlier one."""

    start: time
    end: time

    def hold(self, at: time) -> bool:
        """Return whether `at` is within these hours; their end is not."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def read_hours(text: str) -> tuple[Hours, ...]:
    """Return the hours that `text` names; none where it is empty.

    Raises:
        ValueError: it names none, or some that begin and end at once.

    >>> read_hours("23:00-07:00")
    (Hours(start=datetime.time(23, 0), end=datetime.time(7, 0)),)
    """
    if not text.strip():
        return ()
    return tuple(_read(part.strip()) for part in text.split(","))


def quiet_until(text: str, at: time) -> time | None:
    """Return when the quiet hours that hold `at` end, or None outside of them.

    Only the clock on the wall counts. So an hour that the clock repeats is quiet twice, and one that it leaves out
    shortens the night: whoever lives beside the machine does the same.

    >>> quiet_until("23:00-07:00", time(2, 30))
    datetime.time(7, 0)
    """
    wall = at.replace(tzinfo=None)
    return max((hours.end for hours in read_hours(text) if hours.hold(wall)), default=None)


def _read(part: str) -> Hours:
    found = _HOURS.fullmatch(part)
    if found is None:
        raise ValueError(WISH)
    hours = Hours(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))
    if hours.start == hours.end:
        raise ValueError(f"{WISH}; these end as they begin: use enabled = false for a host that never works")
    return hours
