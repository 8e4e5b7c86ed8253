"""What was told to all, and where each listener stands in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.house.told import FLEET, JOB, KEPT, START, Told


def parsed(frames: list[bytes]) -> list[tuple[str, str, object]]:
    """Return id, event and data of each frame."""
    told = []
    for frame in frames:
        fields = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
        told.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return told


def test_who_comes_first_hears_how_the_flock_stands() -> None:
    told = Told()
    told.add(JOB, 1)
    told.add(FLEET, {"live": 1})
    told.add(FLEET, {"live": 2})
    assert [(event, data) for _, event, data in parsed(told.anew())] == [
        (START, {"resumed": False}),
        (FLEET, {"live": 2}),
    ]


def test_who_was_away_for_a_moment_goes_on_in_order_and_hears_only_the_newest_of_the_flock() -> None:
    told = Told("x")
    told.add(JOB, 1)
    told.add(FLEET, "a")
    place = told.place("x.1")
    assert place == 1
    told.add(FLEET, "b")
    told.add(JOB, 2)
    frames = told.after(place)
    assert frames is not None
    assert parsed(frames) == [("x.3", FLEET, "b"), ("x.4", JOB, 2)]
    assert told.after(4) == []


@pytest.mark.parametrize("last", ["", "x", "x.", "x.99", "x.-1", "y.1", "x.1.1", "x.٣", "x. 1", "x.1e1", "\0"])
def test_an_id_that_says_nothing_means_to_start_anew(last: str) -> None:
    told = Told("x")
    told.add(JOB, 1)
    assert told.place(last) is None


def test_who_was_away_for_too_long_starts_anew() -> None:
    told = Told("x")
    for number in range(KEPT + 1):
        told.add(JOB, number)
    assert told.place("x.0") is None
    assert told.place("x.1") == 1
    frames = told.after(1)
    assert frames is not None
    assert len(frames) == KEPT
    assert told.after(0) is None


def test_after_a_time_of_deafness_everybody_starts_anew() -> None:
    told = Told("x")
    told.add(FLEET, "a")
    told.lose()
    assert told.place("x.1") is None
    assert told.after(1) is None
    told.add(JOB, 1)
    frames = told.after(2)
    assert frames is not None
    assert parsed(frames) == [("x.3", JOB, 1)]


@given(st.lists(st.sampled_from([JOB, FLEET]), max_size=300), st.integers(min_value=0, max_value=300))
def test_nobody_misses_a_move_that_is_not_told_to_start_anew(events: list[str], heard: int) -> None:
    told = Told("x")
    for number, event in enumerate(events, 1):
        told.add(event, number)
    place = told.place(f"x.{heard}")
    if place is None:
        assert heard > len(events) or len(events) > KEPT
        return
    frames = told.after(place)
    assert frames is not None
    moves = [data for _, event, data in parsed(frames) if event == JOB]
    assert moves == [number for number, event in enumerate(events, 1) if event == JOB and number > heard]


def test_words_of_any_kind_stay_in_their_line() -> None:
    told = Told("x")
    told.add(JOB, "one\ntwo\r\ndata: three \ud800")
    frames = told.after(0)
    assert frames is not None
    assert frames[0].count(b"\n") == 4
