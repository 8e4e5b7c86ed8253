"""From HTTP over the queue and a worker's hands to the reply, and back into the next question."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.tasks.generation.bench import Bench


@pytest.fixture
def bench(redis_url: str) -> Iterator[Bench]:
    """A worker with the code of a real one, and an engine that remembers what it was asked."""
    made = Bench(redis_url)
    yield made
    made.close()


def chat(client: httpx.Client, bench: Bench, text: str, **fields: object) -> str:
    """Say something, have the worker hear the bell that it rang, and return the reply."""
    job = client.post("/api/chat", json={"text": text, **fields}).json()["job"]
    assert bench.hear(), "no bell was rung"
    bench.ring()
    told = client.get(f"/api/jobs/{job}").json()
    assert (told["state"], told["outcome"]) == ("delivered", "reply")
    reply: str = told["text"]
    return reply


def test_what_is_said_over_http_is_answered_by_a_worker_and_a_session_keeps_its_context(bench, client) -> None:
    assert chat(client, bench, "my name is Ada", session="s1") == "echo: my name is Ada"
    assert chat(client, bench, "who am I?", session="s1") == "echo: who am I?"
    assert bench.engine.heard[1:] == [
        ("user", "my name is Ada"),
        ("assistant", "echo: my name is Ada"),
        ("user", "who am I?"),
    ]
    chat(client, bench, "who am I?", session="s2")
    assert bench.engine.heard[1:] == [("user", "who am I?")]


def test_an_answer_anew_is_written_as_if_the_old_one_had_never_been(bench, client) -> None:
    chat(client, bench, "my name is Ada", session="s1", message_id="m1")
    chat(client, bench, "who am I?", session="s1", message_id="m2")
    chat(client, bench, "who am I, then?", session="s1", message_id="m2", ordinal=1)
    assert [text for _, text in bench.engine.heard[1:]] == [
        "my name is Ada",
        "echo: my name is Ada",
        "who am I, then?",
    ]
    chat(client, bench, "thanks", session="s1", message_id="m3")
    assert [text for _, text in bench.engine.heard[1:]] == [
        "my name is Ada",
        "echo: my name is Ada",
        "who am I, then?",
        "echo: who am I, then?",
        "thanks",
    ]
