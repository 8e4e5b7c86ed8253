from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.openai.chunks import DONE, Chunks, rest_of
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import Cause, JobState, JobView, Outcome
from tasks.contracts.messages import ToolCall, Usage
from tasks.jobs.watching import Answered, StartedOver, StateChanged, TextAdded


def view(text: str = "", **fields: Any) -> JobView:
    known = {"state": JobState.DELIVERED, "outcome": Outcome.REPLY, "host": "home", "usage": Usage(prompt_tokens=2)}
    return JobView(**{"job": "j1", "fence": 3, "model": "demo", "session": "s", "text": text, **known, **fields})


def made(**how: Any) -> Chunks:
    return Chunks("j1", "rookery", 7, parse({}, "test"), **how)


def data(frames: bytes) -> list[Any]:
    """Return what is in frames, comments left out."""
    lines = [line.removeprefix("data: ") for line in frames.decode().split("\n\n") if line.startswith("data: ")]
    return ["[DONE]" if line == "[DONE]" else json.loads(line) for line in lines]


def deltas(frames: bytes) -> list[dict[str, Any]]:
    return [each["choices"][0]["delta"] for each in data(frames) if each != "[DONE]" and each["choices"]]


def test_a_stream_begins_with_the_role_and_ends_with_the_reason_and_done() -> None:
    chunks = made()
    assert [chunk["choices"][0]["delta"] for chunk in data(chunks.of(TextAdded("Hel")))] == [
        {"role": "assistant", "content": "", "refusal": None},
        {"content": "Hel"},
    ]
    ends = data(chunks.of(Answered(view("Hello", finish_reason="length"))))
    assert ends[0]["choices"][0]["delta"] == {"content": "lo"}
    assert ends[1]["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "length"}
    assert ends[1]["system_fingerprint"] == "demo model: demo@home"
    assert (ends[-1], chunks.over) == ("[DONE]", True)
    assert all((each["id"], each["model"], each["created"]) == ("chatcmpl-j1", "rookery", 7) for each in ends[:-1])


def test_what_it_took_is_told_last_where_that_was_asked_for() -> None:
    chunks = made(tells_usage=True)
    *others, usage, done = data(chunks.of(Answered(view("Hello"))))
    assert (usage["choices"], usage["usage"]["prompt_tokens"], done) == ([], 2, "[DONE]")
    assert [each["usage"] for each in others] == [None] * len(others)


def test_thoughts_and_calls_have_fields_of_their_own() -> None:
    call = ToolCall(id="c1", name="weather", arguments="")
    told = deltas(made().of(Answered(view("", calls=(call,), thoughts="hm"))))
    assert told[1] == {"reasoning_content": "hm"}
    function = {"name": "weather", "arguments": "{}"}
    assert told[2] == {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]}


def test_until_the_first_word_comments_tell_where_the_job_stands_once_each() -> None:
    chunks, waits = made(), view(state=JobState.QUEUED, outcome=None, ahead=2)
    assert chunks.of(StateChanged(waits)) == b": queued, 2 before you\n\n"
    assert chunks.of(StateChanged(waits)) == b""
    chunks.of(TextAdded("Hello"))
    assert chunks.of(StateChanged(view(state=JobState.GENERATING, outcome=None))) == b""


def test_no_name_breaks_out_of_a_comment() -> None:
    waits = view(state=JobState.CLAIMED, outcome=None, host="a\n\ndata: evil\r\n")
    assert made().of(StateChanged(waits)).count(b"\n") == 2


def test_another_try_is_no_news_before_anything_was_said_and_ends_the_stream_after() -> None:
    chunks = made()
    assert chunks.of(StartedOver()) == b""
    chunks.of(TextAdded("Wrong"))
    (error,) = data(chunks.of(StartedOver()))
    assert (error["error"]["code"], chunks.over) == ("started_over", True)
    assert "j1" in error["error"]["message"]


def test_a_whole_answer_that_is_another_one_ends_the_stream_with_an_error() -> None:
    chunks = made()
    chunks.of(TextAdded("Wrong"))
    assert data(chunks.of(Answered(view("Right"))))[0]["error"]["code"] == "started_over"


def test_a_notice_is_an_error() -> None:
    notice = view("Too long.", outcome=Outcome.NOTICE, cause=Cause.TOO_LONG)
    assert data(made().of(Answered(notice)))[0]["error"]["code"] == "context_length_exceeded"
    withdrawn = view(state=JobState.WITHDRAWN, outcome=None)
    assert data(made().of(Answered(withdrawn)))[0]["error"]["code"] == "withdrawn"


@pytest.mark.parametrize(
    ("whole", "shown", "rest"),
    [("a b", "a", " b"), ("a", "a", ""), ("a", "a \n", ""), ("b", "thought b", ""), ("ab", "ac", None), ("", "", "")],
)
def test_the_rest_of_an_answer_is_what_was_not_shown(whole: str, shown: str, rest: str | None) -> None:
    assert rest_of(whole, shown) == rest


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=6))
def test_however_it_is_cut_the_whole_answer_arrives_once(pieces: list[str]) -> None:
    chunks, frames = made(), b""
    for piece in pieces[:-1]:
        frames += chunks.of(TextAdded(piece))
    frames += chunks.of(Answered(view("".join(pieces))))
    assert "".join(delta.get("content", "") for delta in deltas(frames)) == "".join(pieces)
    assert frames.endswith(DONE)
    assert b"\n\ndata: [DONE]\n\n" in frames
