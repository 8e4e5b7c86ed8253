"""Models that think aloud first, from a server's stream to what people see and what the session keeps."""

from __future__ import annotations

import json

import pytest

from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.generation import thoughts
from tasks.generation.thoughts import MAX_CHARS, Thoughts, parted
from tests.emulators.openai_server import DONE, Act, OpenAIServer, event, streams, usage_event
from tests.tasks.generation.bench import Bench
from workers.engines.openai_compat import OpenAICompatEngine

THOUGHT = "Two nests, two eggs in each."
SAID = "Four."
#: The ways in which servers send thinking.
STREAMS = {
    "reasoning_content, as llama.cpp and DeepSeek": streams(event(reasoning_content=THOUGHT), event(SAID)),
    "reasoning, as vLLM and OpenRouter": streams(event(reasoning=THOUGHT), event(SAID)),
    "tags in the text": streams(event("<think>"), event(f"\n{THOUGHT}\n</thi"), event(f"nk>\n\n{SAID}")),
    "an end without a beginning": streams(event(f"{THOUGHT}\n"), event("</think>\n\n"), event(SAID)),
}


def ended(act: Act) -> Act:
    """Return what a server does that ends its stream well."""

    def whole(talk) -> None:
        act(talk)
        talk.send(event(finish="stop") + usage_event(7, 9) + DONE)

    return whole


def asked(bench: Bench, act: Act, **fields: object) -> str:
    """Return the job that a server which streams like this has answered."""
    with OpenAIServer(ended(act)) as server:
        bench.furnish(engine=OpenAICompatEngine(server.url, {"demo": "parrot"}))
        return bench.answer("how many eggs?", **fields)


@pytest.mark.parametrize("act", STREAMS.values(), ids=STREAMS)
def test_hidden_thinking_is_nowhere(bench, act):
    view = bench.view(asked(bench, act, session="s"))
    assert (view.state, view.text, view.thoughts) == (JobState.DELIVERED, SAID, "")
    assert THOUGHT not in json.dumps(bench.dump())


@pytest.mark.parametrize("act", STREAMS.values(), ids=STREAMS)
def test_folded_thinking_stands_beside_the_reply_and_never_in_the_session(bench, act):
    view = bench.view(asked(bench, act, session="s", reasoning="folded"))
    assert (view.text, view.thoughts) == (SAID, THOUGHT)
    assert bench.window("s") == ["how many eggs?", SAID]


@pytest.mark.parametrize("reasoning", ["hidden", "folded"])
def test_who_thinks_until_no_token_is_left_is_not_tried_again(bench, reasoning):
    view = bench.view(asked(bench, streams(event(reasoning_content=THOUGHT)), reasoning=reasoning))
    assert (view.outcome, view.cause, view.attempts) == (Outcome.NOTICE, Cause.THOUGHT, 1)
    assert "thought for all of its 9 tokens" in view.error


@pytest.mark.parametrize(
    ("text", "answer", "thought"),
    [
        ("hm\n</think>\n\nYes.", "Yes.", "hm\n"),
        ("</think>\nYes.", "Yes.", ""),
        ("hm\n</think>", "", "hm\n"),
        ("The tag </think> ends it.", "The tag </think> ends it.", ""),
        ("It writes `<think>` and later\n</think>\n", "It writes `<think>` and later\n</think>\n", ""),
        ("a\n</think>\nb\n</think>\nc", "b\n</think>\nc", "a\n"),
        ("", "", ""),
    ],
)
def test_an_end_on_a_line_of_its_own_parts_the_thinking_from_the_answer(text, answer, thought):
    assert parted(text) == (answer, thought)


def test_of_long_thinking_the_last_is_kept_and_of_what_nobody_sees_nothing(monkeypatch):
    monkeypatch.setattr(thoughts, "MAX_CHARS", 10)
    kept, hidden = Thoughts(kept=True), Thoughts(kept=False)
    for made in (kept, hidden):
        for number in range(100):
            made.add(f"{number:3}")
    assert (kept.text, hidden.text) == ("6 97 98 99", "")
    assert (kept.any, hidden.any, Thoughts(kept=True).any) == (True, True, False)
    assert MAX_CHARS >= 10_000
