from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tasks.contracts.errors import (
    EngineOverloaded,
    EngineRejected,
    EngineStalled,
    EngineTruncated,
    EngineUnavailable,
    RookeryError,
    WrongModel,
)
from tasks.contracts.messages import Sampling, Usage
from tasks.services import Chat, Patience, Piece
from tests.workers.engines.asking import PATIENT, chat, told, vectors
from workers.engines.fake import POISONED, RETRY_AFTER_S, THOUGHT, FakeEngine

ROOM = Sampling()


def scripted(text: str, patience: Patience = PATIENT) -> str:
    return told(FakeEngine(scripted=True).chat_stream(chat("fake", text, ROOM), patience))[0]


def test_the_answer_is_an_echo() -> None:
    assert scripted("Hello there") == "echo: Hello there"


def test_an_adapter_shows_in_the_answer() -> None:
    engine = FakeEngine()
    engine.load_adapter("fake", "pirate", "")
    assert told(engine.chat_stream(chat("fake", "ahoy", ROOM, "pirate"), PATIENT))[0] == "echo[pirate]: ahoy"


def test_without_a_script_commands_are_only_words() -> None:
    text = "!poison !hang !fail"
    assert told(FakeEngine().chat_stream(chat("fake", text, ROOM), PATIENT))[0] == f"echo: {text}"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("!fail", EngineUnavailable),
        ("!overloaded", EngineOverloaded),
        ("!reject", EngineRejected),
        ("!wrong", WrongModel),
        ("!truncate", EngineTruncated),
        ("!hang", EngineStalled),
        ("!stall", EngineStalled),
        ("!slow 60", EngineStalled),
    ],
)
def test_a_command_brings_its_failure(command: str, error: type[RookeryError]) -> None:
    with pytest.raises(error):
        scripted(f"please {command}", Patience(total_s=60, no_progress_s=0.1))


def test_busy_says_when_to_come_back() -> None:
    with pytest.raises(EngineOverloaded) as caught:
        scripted("!overloaded")
    assert caught.value.retry_after_s == RETRY_AFTER_S


def test_thinking_comes_as_thinking() -> None:
    said = list(FakeEngine(scripted=True).chat_stream(chat("fake", "!think", ROOM), PATIENT))
    assert said[0] == Piece(THOUGHT, reasoning=True)


def test_slow_words_come_with_empty_pieces_between() -> None:
    began_s = time.monotonic()
    said = list(FakeEngine(scripted=True).chat_stream(chat("fake", "!slow 0.1", ROOM), PATIENT))
    assert said.count(Piece()) >= 3
    assert time.monotonic() - began_s >= 0.3


def test_the_first_requests_can_be_made_to_fail() -> None:
    engine = FakeEngine(fail_first=2)
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            told(engine.chat_stream(chat("fake"), PATIENT))
    assert told(engine.chat_stream(chat("fake"), PATIENT))[0]


def test_poison_ends_the_process_at_once(python: Callable[..., subprocess.Popen[bytes]]) -> None:
    source = """
from tests.workers.engines.test_fake import scripted
try:
    scripted("a !poison pill")
finally:
    print("still here")
"""
    process = python(source, stdout=subprocess.PIPE)
    assert process.communicate(timeout=60)[0] == b""
    assert process.returncode == POISONED


def test_a_closed_stream_is_no_longer_in_flight() -> None:
    engine = FakeEngine()
    stream = engine.chat_stream(chat("fake", "a b c"), PATIENT)
    next(stream)
    assert engine.in_flight == 1
    stream.close()
    assert engine.in_flight == 0


def test_what_was_unloaded_can_be_loaded_again() -> None:
    engine = FakeEngine(("a", "b"))
    engine.unload("a")
    assert engine.list_resident() == ["b"]
    engine.ensure_loaded("a")
    assert engine.list_resident() == ["a", "b"]


TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {"where": {"type": "string"}}}},
}


def asked(text: str, **more: Any) -> Chat:
    return replace(chat("fake", text, ROOM), **more)


def test_a_tool_that_is_named_is_called() -> None:
    said, completion = told(FakeEngine().chat_stream(asked("please look", tools=(TOOL,)), PATIENT))
    (call,) = completion.calls
    assert (said, completion.finish_reason, call.name) == ("", "tool_calls", "look")
    assert json.loads(call.arguments) == {"where": "please look"}
    assert completion.usage == Usage(prompt_tokens=4, completion_tokens=3)


def test_what_names_no_tool_is_echoed() -> None:
    said, completion = told(FakeEngine().chat_stream(asked("hello", tools=(TOOL,)), PATIENT))
    assert (said, completion.calls) == ("echo: hello", ())


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ({"type": "json_object"}, {"echo": "two eggs"}),
        (
            {"type": "json_schema", "json_schema": {"schema": {"properties": {"in": {"type": "string"}}}}},
            {"in": "two eggs"},
        ),
    ],
)
def test_a_form_is_kept_to(form: dict[str, Any], value: dict[str, str]) -> None:
    said, _ = told(FakeEngine().chat_stream(asked("two  eggs", response_format=form), PATIENT))
    assert json.loads(said) == value


def test_a_form_is_cut_where_no_token_is_left() -> None:
    cut = asked("two eggs", response_format={"type": "json_object"}, sampling=Sampling(max_tokens=2))
    said, completion = told(FakeEngine().chat_stream(cut, PATIENT))
    assert (said, completion.finish_reason) == ('{"echo": "two', "length")


def test_vectors_come_with_their_tokens() -> None:
    found = vectors(FakeEngine(), "fake", "an egg", "a nest", "an egg")
    assert list(found.rows[0]) == list(found.rows[2]) != list(found.rows[1])
    assert (found.usage, found.answered_by) == (Usage(prompt_tokens=6), "fake")


@pytest.mark.parametrize(
    ("command", "error"), [("!reject", EngineRejected), ("!fail", EngineUnavailable), ("!hang", EngineStalled)]
)
def test_commands_are_heard_in_texts_to_embed_too(command: str, error: type[RookeryError]) -> None:
    with pytest.raises(error):
        list(FakeEngine(scripted=True).embed("fake", [command], Patience(total_s=60, no_progress_s=0.1)))
