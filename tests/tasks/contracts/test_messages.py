"""Messages: frozen and strict, whole after JSON, and the same event is the same job."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.contracts.messages import (
    MAX_ASKED_BYTES,
    MAX_ID_CHARS,
    MAX_INPUTS,
    MAX_INPUTS_CHARS,
    MAX_TEXT_CHARS,
    MAX_TOOLS,
    JobClass,
    JobRequest,
    Sampling,
    Then,
    ToolCall,
    Turn,
    Usage,
    job_id,
)

LEAST: dict[str, Any] = {"job": "j", "model": "demo", "session": "s", "user": "u", "text": "hello"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)  # JSON cannot hold half a pair
NAME = TEXT.filter(bool)
TOOL = {"type": "function", "function": {"name": "look"}}
FINITE = st.floats(min_value=0.001, max_value=1e6)

CALLS = st.lists(st.builds(ToolCall, id=NAME, name=NAME, arguments=TEXT), max_size=2).map(tuple)
TURNS = st.builds(
    Turn,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    text=TEXT,
    author=TEXT,
    job=TEXT,
    calls=CALLS,
    call=TEXT,
)
JSON = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2), max_size=3)
HISTORIES = st.lists(TURNS, max_size=3).map(tuple)
#: What may stand in a request together.
ASKED = st.fixed_dictionaries(
    {"history": HISTORIES, "tools": st.lists(JSON, min_size=1, max_size=2).map(tuple)},
    optional={"tool_choice": st.sampled_from(["none", "auto", "required"]) | JSON, "response_format": JSON},
) | st.fixed_dictionaries({"history": st.none() | HISTORIES}, optional={"response_format": JSON})
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 5),
    top_p=st.none() | st.floats(0, 1, exclude_min=True),
    max_tokens=st.integers(1, 1_000_000),
    seed=st.none() | st.integers(),
    stop=st.lists(TEXT, max_size=2).map(tuple),
    presence_penalty=st.none() | st.floats(-2, 2),
    frequency_penalty=st.none() | st.floats(-2, 2),
)
REQUESTS = st.builds(
    JobRequest,
    job=NAME,
    model=NAME.map(lambda name: f"m{name}"),
    session=NAME,
    user=NAME,
    text=TEXT,
    persona=TEXT,
    system_prompt=TEXT,
    sampling=SAMPLINGS,
    job_class=st.sampled_from(JobClass),
    labels=st.lists(TEXT, max_size=2).map(tuple),
    reply_to=st.dictionaries(TEXT, TEXT, max_size=2),
    then=st.none() | st.builds(Then, task=NAME, queue=NAME, args=st.lists(TEXT, max_size=2).map(tuple)),
    deadline_s=FINITE,
    unhosted_life_s=FINITE,
    max_in_flight=st.integers(0, 99),
)


@given(REQUESTS, ASKED)
def test_a_request_is_the_same_after_json(plain: JobRequest, asked: dict[str, Any]) -> None:
    request = JobRequest(**{**dict(plain), **asked})
    assert JobRequest.model_validate_json(request.model_dump_json()) == request


def test_what_a_request_does_not_ask_for_takes_no_room_and_older_readers_know_it() -> None:
    request = JobRequest(**LEAST, history=(Turn(role="user", text="x"),))
    said = json.loads(request.model_dump_json())
    assert not {"work", "inputs", "response_format", "tools", "tool_choice"} & said.keys()
    assert said["history"] == [{"role": "user", "text": "x", "author": "", "job": ""}]
    assert said["sampling"].keys() == {"temperature", "top_p", "max_tokens", "seed", "stop"}


def test_a_job_to_embed_has_texts_and_no_question() -> None:
    request = JobRequest(**{**LEAST, "text": ""}, work="embed", inputs=("egg", "nest"))
    assert JobRequest.model_validate_json(request.model_dump_json()) == request


@given(TURNS)
def test_a_turn_is_the_same_after_json(turn: Turn) -> None:
    assert Turn.model_validate_json(turn.model_dump_json()) == turn


@pytest.mark.parametrize(
    "text",
    ["", "a\x00b", "\u200b", "مرحبا", "\u202eabc", "👩‍👩‍👧", "x" * MAX_TEXT_CHARS],
    ids=["empty", "NUL", "zero width", "right to left", "override", "family", "longest"],
)
def test_odd_texts_are_texts(text: str) -> None:
    request = JobRequest(**{**LEAST, "text": text})
    assert JobRequest.model_validate_json(request.model_dump_json()).text == text


REFUSED: dict[str, dict[str, Any]] = {
    "an unknown field": {"modle": "x"},
    "no name": {"job": ""},
    "a name too long": {"user": "u" * (MAX_ID_CHARS + 1)},
    "a text too long": {"text": "x" * (MAX_TEXT_CHARS + 1)},
    "a number for text": {"text": 7},
    "text for a number": {"deadline_s": "120"},
    "no time at all": {"deadline_s": 0.0},
    "no life at all": {"unhosted_life_s": 0.0},
    "less than no bound": {"max_in_flight": -1},
    "a model without a queue": {"model": "雀"},
    "a class by its name": {"job_class": "interactive"},  # strict: only JSON may say it so
    "a list for a tuple": {"labels": ["a"]},
    "both ways on": {"bot": "b", "then": Then(task="t", queue="q")},
    "texts to embed where nobody embeds": {"inputs": ("egg",)},
    "nothing to embed": {"work": "embed"},
    "too many texts to embed": {"work": "embed", "inputs": ("egg",) * (MAX_INPUTS + 1)},
    "too much text to embed": {"work": "embed", "inputs": ("x" * MAX_INPUTS_CHARS, "x")},
    "tools for a session": {"tools": (TOOL,)},
    "a choice among no tools": {"tool_choice": "auto"},
    "a choice that is none": {"tool_choice": "perhaps", "tools": (TOOL,), "history": ()},
    "too many tools": {"tools": (TOOL,) * (MAX_TOOLS + 1), "history": ()},
    "tools too large": {"tools": ({"description": "x" * MAX_ASKED_BYTES},), "history": ()},
    "a form too large": {"response_format": {"x": "x" * MAX_ASKED_BYTES}},
    "a form too deep": {"response_format": functools.reduce(lambda inner, _: {"x": inner}, range(100_000), {})},
    "a form that is no JSON": {"response_format": {"x": object()}},
    "half a character in a form": {"response_format": {"x": "\ud83d"}},
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_cannot_be_is_refused(case: str) -> None:
    with pytest.raises(ValidationError):
        JobRequest(**{**LEAST, **REFUSED[case]})


@pytest.mark.parametrize("missing", LEAST)
def test_a_request_needs_each_of_these(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        JobRequest(**{key: value for key, value in LEAST.items() if key != missing})


@pytest.mark.parametrize(
    "sampling",
    [
        {"temperature": -0.1},
        {"temperature": 5.1},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"max_tokens": 0},
        {"seed": 1.0},
        {"presence_penalty": 2.1},
        {"frequency_penalty": -2.1},
    ],
)
def test_sampling_has_bounds(sampling: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Sampling(**sampling)


@pytest.mark.parametrize("value", [JobRequest(**LEAST), Turn(role="user", text="x"), Usage(), Sampling()])
def test_nothing_changes_after_it_is_made(value: Any) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(value, next(iter(type(value).model_fields)), "x")


def test_an_error_does_not_repeat_what_a_person_wrote() -> None:
    with pytest.raises(ValidationError) as caught:
        JobRequest(**{**LEAST, "text": ["my diary"]})
    assert "diary" not in str(caught.value)
    assert "text" in str(caught.value)


EVENT: dict[str, Any] = {
    "platform": "discord",
    "bot": "b",
    "chat": "1",
    "message": "2",
    "persona": "rook",
    "kind": "reply",
    "ordinal": 0,
}


def test_an_event_keeps_its_id_from_release_to_release() -> None:
    assert job_id(**EVENT) == "euef2frpkpwklwrclzbxgpb2"
    assert job_id("discord", "b", "1", "2") == job_id("discord", "b", "1", "2", persona="", kind="reply", ordinal=0)


@given(st.fixed_dictionaries({key: st.integers(0, 9) if key == "ordinal" else st.text() for key in EVENT}))
def test_an_id_fits_wherever_ids_go(event: dict[str, Any]) -> None:
    made = job_id(**event)
    assert made == job_id(**event)
    assert len(made) == 24
    assert made.isalnum()
    assert made.islower() or made.isdigit()


@pytest.mark.parametrize("changed", EVENT)
def test_any_other_event_is_another_job(changed: str) -> None:
    other = 1 if changed == "ordinal" else "other"
    assert job_id(**{**EVENT, changed: other}) != job_id(**EVENT)


def test_parts_do_not_run_into_each_other() -> None:
    assert job_id("p", "ab", "c", "m") != job_id("p", "a", "bc", "m")


@pytest.mark.parametrize("odd", ["\ud800", "\udfff!", "\x00", "\u200b", ""])
def test_odd_ids_have_jobs_too(odd: str) -> None:
    assert job_id("telegram", "b", odd, "1") != job_id("telegram", "b", "plain", "1")
