"""What one connection is told of a job, and from where on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.web.stream import START, Frames, Place, place_of
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import JobState, JobView
from tasks.jobs.watching import StartedOver, StateChanged, TextAdded

FLEET = parse({}, "test")
OWL = "🦉 says "


def view(text: str, fence: int = 3) -> JobView:
    return JobView(job="j", state=JobState.GENERATING, fence=fence, model="demo", session="web:r:s", text=text)


def told(frames: Frames, *events: Any) -> list[tuple[str, str, Any]]:
    """Return the id, name and data of every frame."""
    found = []
    for event in events:
        for frame in frames.of(event):
            lines = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


def texts(read: Place, text: str, *later: str, fence: int = 3) -> list[tuple[str, Any]]:
    """Return the pieces of text that a connection is told that has read so far."""
    events = [StateChanged(view(text, fence)), TextAdded(text), *map(TextAdded, later)]
    return [(place, data) for place, name, data in told(Frames(FLEET, read), *events) if name == "text"]


def test_whoever_comes_anew_is_told_everything() -> None:
    assert texts(START, OWL, "hoo") == [("3.8", {"at": 0, "text": OWL}), ("3.11", {"at": 8, "text": "hoo"})]


def test_whoever_comes_back_is_told_what_is_new_at_its_place() -> None:
    assert texts(Place(3, 3), OWL, "hoo") == [("3.8", {"at": 3, "text": "says "}), ("3.11", {"at": 8, "text": "hoo"})]


def test_whoever_knows_all_of_it_is_told_nothing_twice() -> None:
    assert texts(Place(3, 8), OWL) == [("3.8", {"at": 8, "text": ""})]


@pytest.mark.parametrize("read", [Place(2, 3), Place(4, 3)], ids=["a worker before", "a worker that is not there"])
def test_what_another_worker_wrote_counts_for_nothing(read: Place) -> None:
    assert texts(read, OWL) == [("3.8", {"at": 0, "text": OWL})]


def test_a_place_beyond_the_text_leaves_what_is_there() -> None:
    assert texts(Place(3, 99), OWL, "hoo")[1] == ("3.11", {"at": 8, "text": "hoo"})


def test_a_place_within_a_character_breaks_no_stream() -> None:
    [(place, data)] = texts(Place(3, 1), OWL)
    assert (place, data["at"], data["text"].endswith(" says ")) == ("3.8", 1, True)


def test_who_starts_over_begins_at_the_beginning() -> None:
    frames = Frames(FLEET, Place(3, 3))
    found = told(frames, StateChanged(view(OWL)), TextAdded(OWL), StartedOver(), TextAdded("anew"))
    assert [(name, data) for _, name, data in found][-2:] == [("restart", {}), ("text", {"at": 0, "text": "anew"})]


@pytest.mark.parametrize("told", ["", "3", "3.x", "-1.2", "3.4.5", "٣.٤", "9" * 40 + ".1"])
def test_what_is_no_place_is_the_start(told: str) -> None:
    assert place_of(told) == START
