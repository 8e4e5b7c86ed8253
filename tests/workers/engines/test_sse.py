from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.contracts.errors import EngineUnavailable
from workers.engines.sse import EventParser

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)
EVENT = st.lists(LINE, min_size=1, max_size=3)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@UNHURRIED
@given(
    st.lists(EVENT, max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", ": ping", "event: message", "id: 7", "retry"]),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_events_are_the_same_wherever_the_bytes_are_cut(
    events: list[list[str]], end: str, noise: str, places: list[int]
) -> None:
    extra = noise + end if noise else ""
    text = "".join("".join(f"data: {line}{end}{extra}" for line in lines) + end for lines in events)
    parser = EventParser()
    told = [event for part in cut(text.encode(), places) for event in parser.feed(part)]
    assert told == ["\n".join(lines) for lines in events]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_character_that_is_cut_in_two_arrives_whole(end: bytes) -> None:
    parser = EventParser()
    stream = b"data: " + "Füße 🐦".encode() + end + end
    told = [event for byte in stream for event in parser.feed(bytes([byte]))]
    assert told == ["Füße 🐦"]


def test_a_line_separator_inside_the_data_does_not_end_it() -> None:
    text = json.dumps({"a": "b\u2028c\x0bd\x85e"}, ensure_ascii=False)
    assert EventParser().feed(f"data: {text}\n\n".encode()) == [text]


def test_an_event_without_its_end_is_not_told() -> None:
    assert EventParser().feed(b'data: {"half": 1}\n') == []


@pytest.mark.parametrize(
    "endless", [b"data: " + b"x" * 200, b"data: xxxxxxxxxxxxxxxxxxxxx\n" * 8, b"data:\n" * 30, b"x" * 101]
)
def test_an_endless_event_is_refused_instead_of_kept(endless: bytes) -> None:
    with pytest.raises(EngineUnavailable, match="longer than 100 bytes"):
        EventParser(max_event_bytes=100).feed(endless)


def test_many_short_events_have_no_bound() -> None:
    assert len(EventParser(max_event_bytes=100).feed(b"data: 0123456789\n\n" * 1000)) == 1000
