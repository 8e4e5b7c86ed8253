"""What goes wrong, as the official client sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from pydantic import BaseModel

from bots.web.bodies import parsed
from bots.web.openai.asked import ChatRequest
from bots.web.openai.embedding import EmbeddingRequest
from bots.web.openai.failures import NOTICES, Failure, of_notice
from bots.web.openai.failures import told as failures_told
from tasks.contracts.errors import BadInput, EngineUnavailable, KeyNeeded, PersonaAway, Refused, StoreFull
from tasks.contracts.jobs import Cause, JobState, JobView, Outcome
from tasks.jobs import keys, roster
from tasks.jobs.keys import Key, Limits, Scope

HELLO = [{"role": "user", "content": "hello"}]
PICTURE = {"type": "image_url", "image_url": {"url": "http://169.254.169.254/latest/meta-data"}}


def refused(kind: type[BaseModel], body: dict[str, Any]) -> Failure:
    """Return how a body is refused."""
    with pytest.raises(BadInput) as caught:
        parsed(json.dumps(body).encode(), kind)
    return failures_told(caught.value)


def of(call: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    """Return the error that a call ends in, and what the server said."""
    with pytest.raises(openai.APIStatusError) as caught:
        call()
    body: Any = caught.value.body
    return caught.value, body


@pytest.mark.parametrize(
    ("changed", "param", "code"),
    [
        ({"model": ""}, "model", "invalid_value"),
        ({"model": 7}, "model", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": [{"role": "system", "content": "be kind"}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0]", "invalid_value"),
        ({"messages": [{"role": "bird", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user", "content": [PICTURE]}]}, "messages[0].content", "unsupported_value"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "y"}]}, "messages", "invalid_value"),
        ({"temperature": 2.1}, "temperature", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"n": 2}, "n", "unsupported_value"),
        ({"logprobs": True}, "logprobs", "unsupported_value"),
        ({"logit_bias": {"50256": -100}}, "logit_bias", "unsupported_value"),
        ({"top_k": 3}, "top_k", "unknown_parameter"),
        ({"response_format": {"type": "yaml"}}, "response_format", "invalid_value"),
        (
            {"tools": [{"type": "function", "function": {"name": "no blanks"}}]},
            "tools[0].function.name",
            "invalid_value",
        ),
        ({"stop": ["x"] * 17}, "stop", "invalid_value"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(changed, param, code) -> None:
    failure = refused(ChatRequest, {"model": "demo", "messages": HELLO, **changed})
    assert (failure.status, failure.param, failure.code, failure.kind) == (400, param, code, "invalid_request_error")
    assert failure.message.startswith(f"{param}: ")


@pytest.mark.parametrize("asked", [[1, 2, 3], [[1], [2]], "", [], [""], 7, None])
def test_only_texts_become_vectors(asked) -> None:
    assert refused(EmbeddingRequest, {"model": "demo", "input": asked}).param.startswith("input")


def test_a_model_makes_vectors_of_its_own_length() -> None:
    failure = refused(EmbeddingRequest, {"model": "demo", "input": "x", "dimensions": 3})
    assert (failure.param, failure.code) == ("dimensions", "unsupported_value")


def test_what_is_refused_is_no_job(ai, jobs) -> None:
    for changed, error in (
        ({"messages": [{"role": "user", "content": [PICTURE]}]}, openai.BadRequestError),
        ({"model": "raven"}, openai.NotFoundError),
        ({"extra_body": {"top_k": 3}}, openai.BadRequestError),
    ):
        with pytest.raises(error) as caught:
            ai.chat.completions.create(**{"model": "demo", "messages": HELLO, **changed})
        assert caught.value.param in ("messages[0].content", "model", "top_k")
    assert jobs() == []


def test_what_is_asked_in_vain_elsewhere_but_changes_nothing_is_taken(worker, ai) -> None:
    said = ai.chat.completions.create(
        model="demo",
        messages=HELLO,
        user="ada",
        metadata={"a": "b"},
        store=False,
        n=1,
        logprobs=False,
        service_tier="auto",
        parallel_tool_calls=True,
        modalities=["text"],
    )
    assert said.choices[0].message.content == "echo: hello"


def test_an_engine_that_refuses_is_quoted_and_nobody_asks_it_again(worker, ask, jobs) -> None:
    patient = ask(max_retries=3)
    error, body = of(
        lambda: patient.chat.completions.create(model="demo", messages=[{"role": "user", "content": "!reject"}])
    )
    assert (error.status_code, body["code"]) == (400, "rejected_by_engine")
    assert "the fake engine was told to refuse" in body["message"]
    assert error.request_id == jobs()[0]
    assert len(jobs()) == 1


def test_too_much_to_read_has_the_code_that_clients_look_for(worker, ai) -> None:
    long = [{"role": "user", "content": "word " * 5000}]
    _, body = of(lambda: ai.chat.completions.create(model="demo", messages=long))
    assert (body["code"], body["param"]) == ("context_length_exceeded", "messages")
    _, body = of(lambda: ai.chat.completions.create(model="demo", messages=long, stream=True))
    assert body["code"] == "context_length_exceeded", "before the first word a stream has a status as well"


def test_a_persona_that_is_away_says_so(ai, ledger) -> None:
    ledger.run(roster.disable("rookery", "on holiday", "ada"))
    error, body = of(lambda: ai.chat.completions.create(model="rookery", messages=HELLO))
    assert (error.status_code, body["code"]) == (409, "persona_away")
    assert "on holiday" in body["message"]
    assert [one.id for one in ai.models.list()] == ["demo"]


def test_a_key_says_what_may_be_done_and_how_much(worker, ask, ledger) -> None:
    secret, key_id = keys.fresh()
    only_chat = Key(key_id, "ada", frozenset({Scope.CHAT}), Limits(minute=2))
    assert ledger.run(keys.add(only_chat, secret))
    error, body = of(lambda: ask(api_key="rk_no").chat.completions.create(model="demo", messages=HELLO))
    assert (error.status_code, body["code"]) == (401, "invalid_api_key")
    ada = ask(api_key=secret)
    error, body = of(lambda: ada.embeddings.create(model="demo", input="x"))
    assert (error.status_code, body["code"]) == (403, "insufficient_permissions")
    for _ in range(2):
        ada.chat.completions.create(model="demo", messages=HELLO)
    error, body = of(lambda: ada.chat.completions.create(model="demo", messages=HELLO))
    assert (error.status_code, body["code"]) == (429, "rate_limit_exceeded")
    assert 0 < int(error.response.headers["retry-after"]) <= 60


def test_more_at_once_than_a_key_may_is_refused_and_costs_nothing(hand, ask, ledger, gateway, jobs, eventually) -> None:
    secret, key_id = keys.fresh()
    assert ledger.run(keys.add(Key(key_id, "ada", frozenset({Scope.CHAT}), Limits(minute=2, at_once=1)), secret))
    ada = ask(api_key=secret)
    with ada.chat.completions.create(model="demo", messages=HELLO, stream=True):
        error, told = of(lambda: ada.chat.completions.create(model="demo", messages=HELLO))
    assert (error.status_code, told["code"]) == (429, "rate_limit_exceeded")
    eventually(lambda: gateway.job(jobs()[0]).ended, "the job taken back")
    with ada.chat.completions.create(model="demo", messages=HELLO, stream=True):
        assert len(jobs()) == 2, "what was refused did not count"


def test_a_body_that_is_none_or_too_large_is_refused_politely(client: httpx.Client) -> None:
    many = json.dumps({"model": "demo", "messages": [{"role": "user", "content": "x" * 300_000}]}).encode()
    none = (b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"model": "demo", "messages": NaN}', b"[" * 9000)
    none += (b'{"a":' * 600 + b'"\\ud800"' + b"}" * 600,)
    for body in (*none, many):
        told = client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
        assert told.status_code == (413 if body is many else 400), body[:40]
        assert told.json()["error"]["type"] == "invalid_request_error"


def test_a_form_that_never_ends_is_refused(client: httpx.Client) -> None:
    deep = json.loads('{"a":' * 100 + "1" + "}" * 100)
    tool = {"type": "function", "function": {"name": "f", "parameters": deep}}
    told = client.post("/v1/chat/completions", json={"model": "demo", "messages": HELLO, "tools": [tool]})
    assert told.status_code == 400
    assert "levels deep" in told.json()["error"]["message"]


def test_half_characters_and_marks_reach_the_model_mended(worker, client: httpx.Client) -> None:
    content = b'"half \\ud83d, whole \\ud83e\\udd89, \\u202eback\\u0000"'
    body = b'{"model": "demo", "messages": [{"role": "user", "content": ' + content + b"}]}"
    told = client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert told.status_code == 200, told.text
    assert worker.engine.heard[-1][1].startswith("half \ufffd, whole 🦉, \u202eback")


def test_without_redis_it_is_told_to_come_again(ai, kill_redis, revive_redis) -> None:
    kill_redis()
    error, body = of(lambda: ai.chat.completions.create(model="demo", messages=HELLO))
    assert (error.status_code, body["type"], body["code"]) == (503, "server_error", "store_unavailable")
    assert "127.0.0.1" not in body["message"]
    assert "retry-after" in error.response.headers
    revive_redis()


def view(cause: Cause | None, **fields: Any) -> JobView:
    state = JobState.WITHDRAWN if cause is None else JobState.DELIVERED
    outcome = Outcome.NOTICE if cause else None
    return JobView(job="j", state=state, fence=1, model="m", session="s", outcome=outcome, cause=cause, **fields)


def test_every_notice_that_a_job_may_end_in_has_a_status_and_is_not_tried_again_by_itself() -> None:
    for cause in [None, *Cause]:
        failure = of_notice(view(cause, text="words"))
        assert failure.status in (400, 409, 502, 503, 504)
        assert failure.headers["x-should-retry"] == "false"
    assert set(Cause) - set(NOTICES) == {Cause.WITHDRAWN, Cause.UNDELIVERABLE}


def test_where_an_engine_stands_is_not_told() -> None:
    said = view(Cause.REJECTED, text="No.", error="EngineRejected: http://10.0.0.7:1234/v1 has no tools")
    assert of_notice(said).message == "No. the engine has no tools"


@pytest.mark.parametrize(
    ("exc", "status", "retry_after"),
    [
        (KeyNeeded("no key"), 401, None),
        (PersonaAway("away"), 409, None),
        (Refused("busy"), 429, "2"),
        (Refused("busy", retry_after_s=7.1), 429, "8"),
        (StoreFull("full"), 503, "2"),
        (EngineUnavailable("http://10.0.0.7 is away"), 503, "2"),
    ],
)
def test_failures_have_the_status_and_the_wait_that_clients_act_on(exc, status, retry_after) -> None:
    failure = failures_told(exc)
    assert (failure.status, failure.headers.get("Retry-After")) == (status, retry_after)
    assert "10.0.0.7" not in failure.message
