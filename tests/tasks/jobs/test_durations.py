"""Durations as people say them."""

from __future__ import annotations

import pytest

from tasks.jobs.durations import age


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1.0 s"),
        (59_999, "60.0 s"),
        (60_000, "1 min 0 s"),
        (3_600_000, "1 h 0 min"),
    ],
)
def test_durations_read_as_people_say_them(ms, words):
    assert age(ms) == words
