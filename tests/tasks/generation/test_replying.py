"""Answers in a form, and answers that are calls: from the bell to whoever watches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.contracts.jobs import JobState, Outcome
from tasks.contracts.messages import Sampling, ToolCall, Turn
from tasks.jobs.gateway import Gateway
from tasks.jobs.watching import Answered
from tests.emulators.openai_server import DONE, OpenAIServer, event, streams, usage_event
from tests.tasks.generation.bench import Bench
from workers.engines.openai_compat import OpenAICompatEngine

LOOK: dict[str, Any] = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {"where": {"type": "string"}}}},
}
SCHEMA = {"type": "object", "properties": {"eggs": {"type": "integer"}, "in": {"type": "string"}}}
FORM: dict[str, Any] = {"type": "json_schema", "json_schema": {"name": "nest", "schema": SCHEMA}}


def calls(bench: Bench, text: str = "please look", **fields: object) -> str:
    return bench.answer(text, **{"tools": (LOOK,), "history": (), **fields})


def test_an_answer_may_be_a_call_and_nothing_else(bench: Bench):
    view = bench.view(calls(bench))
    (call,) = view.calls
    assert (view.state, view.outcome, view.text, view.finish_reason) == (
        JobState.DELIVERED,
        Outcome.REPLY,
        "",
        "tool_calls",
    )
    assert (call.name, json.loads(call.arguments)) == ("look", {"where": "please look"})
    assert view.usage.completion_tokens == 3


def test_whoever_waits_is_told_the_call(bench: Bench):
    job = bench.submit("please look", tools=(LOOK,), history=())
    watching = Gateway(bench.store).watch(job)
    next(watching)
    bench.ring()
    *_, last = watching
    assert isinstance(last, Answered)
    assert [call.name for call in last.view.calls] == ["look"]


def test_the_answer_of_a_tool_is_answered(bench: Bench):
    (call,) = bench.view(calls(bench)).calls
    history = (
        Turn(role="user", text="please look"),
        Turn(role="assistant", text="", calls=(call,)),
        Turn(role="tool", text="two eggs", call=call.id),
    )
    view = bench.view(calls(bench, "", history=history))
    assert (view.text, view.calls, view.finish_reason) == ("echo: two eggs", (), "stop")
    assert bench.engine.asked[-1][0].turns == history


def test_the_engine_is_asked_for_what_the_request_asks_for(bench: Bench):
    sampling = Sampling(presence_penalty=0.5, frequency_penalty=-0.5)
    calls(bench, tool_choice="none", response_format=FORM, sampling=sampling)
    chat, _ = bench.engine.asked[-1]
    assert (chat.tools, chat.tool_choice, chat.response_format) == ((LOOK,), "none", FORM)
    assert chat.sampling == sampling


def test_an_answer_in_a_form_is_that_form(bench: Bench):
    view = bench.view(bench.answer("under  the roof", response_format=FORM))
    assert json.loads(view.text) == {"eggs": 0, "in": "under the roof"}


def test_calls_are_no_part_of_the_record_and_go_with_the_words(bench: Bench):
    job = calls(bench)
    assert "please look" not in str(bench.client.hgetall(f"rookery:job:{job}"))
    bench.client.delete(f"rookery:text:{job}")
    assert bench.view(job).calls == ()


def test_what_most_jobs_do_not_have_takes_no_room(bench: Bench):
    job = bench.answer("hello", history=())
    held = bench.client.hgetall(f"rookery:job:{job}") | bench.client.hgetall(f"rookery:text:{job}")
    assert not {"work", "calls"} & held.keys()
    assert not [word for word in ("tools", "inputs", "response_format", "penalty") if word in held["request"]]


def test_calls_are_given_again_where_answers_are(bench: Bench):
    how = {"persona": "rook", "cache_s": 600.0}
    first, second = bench.view(calls(bench, **how)), bench.view(calls(bench, **how))
    assert len(bench.engine.asked) == 1
    assert first.calls == second.calls != ()
    assert (second.flags, second.finish_reason) == (("cached",), "tool_calls")


@pytest.mark.parametrize("other", [{"tools": (LOOK, LOOK)}, {"tool_choice": "required"}, {"response_format": FORM}])
def test_who_asks_for_something_else_is_not_given_it(bench: Bench, other: dict[str, Any]):
    how = {"persona": "rook", "cache_s": 600.0}
    calls(bench, **how)
    calls(bench, **how, **other)
    assert len(bench.engine.asked) == 2


def test_words_come_while_the_call_is_still_being_written(bench: Bench):
    """What a model says beside a call is streamed; what it writes into the call is a sign of life, and no words."""
    part = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": '{"where": "north"}'}}
    act = streams(event("Let me see."), event(tool_calls=[part]), event(finish="tool_calls") + usage_event(7, 9) + DONE)
    with OpenAIServer(act) as server:
        bench.furnish(engine=OpenAICompatEngine(server.url, {"demo": "parrot"}))
        view = bench.view(calls(bench))
    assert view.text == "Let me see."
    assert view.calls == (ToolCall(id="c1", name="look", arguments='{"where": "north"}'),)
