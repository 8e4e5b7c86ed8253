"""Idempotency keys."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from bots.web.openai.keyed import MOST_TIMES, keyed
from tasks.contracts.errors import BadInput
from tests.bots.conftest import PATIENCE_S

HELLO: dict[str, Any] = {"model": "demo", "messages": [{"role": "user", "content": "hello"}]}
KEY = {"extra_headers": {"Idempotency-Key": "order 7"}}


def text(said: Any) -> str:
    return str(said.choices[0].message.content)


def test_the_same_key_with_the_same_body_is_the_same_job_also_after_a_restart(
    redis_url, worker, open_site: Callable[..., Any], ask, jobs
) -> None:
    answers = []
    for _ in range(2):
        site = open_site(redis_url)
        answers.append(ask(site.url).chat.completions.create(**HELLO, **KEY))
    assert answers[0] == answers[1]
    assert len(jobs()) == 1
    assert len(worker.engine.asked) == 1


def test_an_answer_that_was_given_is_streamed_again_from_the_record(worker, ai, jobs) -> None:
    for _ in range(2):
        with ai.chat.completions.create(**HELLO, **KEY, stream=True) as stream:
            assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "echo: hello"
    assert len(jobs()) == 1


def test_the_same_key_with_another_body_is_refused_and_not_tried_again(worker, ai, ask, jobs) -> None:
    ai.chat.completions.create(**HELLO, **KEY)
    for changed in ({"temperature": 1}, {"messages": [{"role": "user", "content": "bye"}]}):
        with pytest.raises(openai.UnprocessableEntityError) as caught:
            ask(max_retries=2).chat.completions.create(**{**HELLO, **changed}, **KEY)
        assert caught.value.code == "idempotency_key_reused"
    with pytest.raises(openai.UnprocessableEntityError):
        ai.embeddings.create(model="demo", input="hello", **KEY)
    assert len(jobs()) == 1


def test_two_at_once_with_one_key_get_the_answer_of_one_job(hand, site, ask, jobs, eventually) -> None:
    with ThreadPoolExecutor(2) as others:
        asking = [others.submit(lambda: ask().chat.completions.create(**HELLO, **KEY)) for _ in range(2)]
        claim = hand.claim()
        hand.finish(claim, "hi")
        assert [text(each.result(PATIENCE_S)) for each in asking] == ["hi", "hi"]
    assert jobs() == [claim.job]


def test_of_two_with_one_key_one_may_hang_up(hand, ask, jobs) -> None:
    with ThreadPoolExecutor(1) as other:
        asking = other.submit(lambda: ask().chat.completions.create(**HELLO, **KEY))
        claim = hand.claim()
        with pytest.raises(openai.APITimeoutError):
            ask(timeout=0.3).chat.completions.create(**HELLO, **KEY)
        hand.finish(claim, "hi")
        assert text(asking.result(PATIENCE_S)) == "hi"
    assert jobs() == [claim.job]


def test_who_hung_up_and_comes_again_with_the_key_gets_an_answer(hand, ask, jobs, gateway, eventually) -> None:
    with pytest.raises(openai.APITimeoutError):
        ask(timeout=0.2).chat.completions.create(**HELLO, **KEY)
    (first,) = eventually(jobs, "the job")
    eventually(lambda: gateway.job(first).ended, "the job taken back")
    with ThreadPoolExecutor(1) as other:
        asking = other.submit(lambda: ask().chat.completions.create(**HELLO, **KEY))
        assert hand.answer("hi").job != first
        assert text(asking.result(PATIENCE_S)) == "hi"


def test_keys_of_one_say_nothing_about_those_of_another() -> None:
    body = "{}"
    assert keyed("key:a", "k", body).job(0) == keyed("key:a", "k", "other").job(0)
    assert len({keyed(owner, key, body).job(turn) for owner in "ab" for key in "kl" for turn in range(2)}) == 8


@pytest.mark.parametrize("key", ["", " ", "x" * 201])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="Idempotency-Key"):
        keyed("local", key, "{}")


def test_a_key_that_is_used_on_and_on_is_refused(ai, hand, gateway, jobs, ask, monkeypatch) -> None:
    monkeypatch.setattr("bots.web.openai.keyed.MOST_TIMES", 0)
    assert MOST_TIMES > 0
    with pytest.raises(openai.BadRequestError, match="too often"):
        ai.chat.completions.create(**HELLO, **KEY)
