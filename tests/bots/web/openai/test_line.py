"""Clients that hang up, and servers that end."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from tasks.contracts.jobs import JobState
from tests.bots.conftest import NO_TLS, PATIENCE_S

HELLO = {"model": "demo", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def impatient(ask) -> openai.OpenAI:
    """A client that waits for a moment, and then tries once more."""
    client: openai.OpenAI = ask(timeout=0.3, max_retries=1)
    return client


def is_withdrawn(gateway: Any, job: str) -> bool:
    return bool(gateway.job(job).state is JobState.WITHDRAWN)


def test_who_hangs_up_before_the_answer_takes_the_job_back(hand, ask, jobs, gateway, eventually) -> None:
    with pytest.raises(openai.APITimeoutError):
        ask(timeout=0.2).chat.completions.create(**HELLO)
    (job,) = eventually(jobs, "the job")
    eventually(lambda: is_withdrawn(gateway, job), "the job taken back")
    assert hand.try_to_claim() is None


def test_a_client_that_tries_again_by_itself_leaves_one_job_at_most(hand, impatient, jobs, gateway, eventually) -> None:
    with pytest.raises(openai.APITimeoutError):
        impatient.chat.completions.create(**HELLO)
    eventually(lambda: len(jobs()) == 2, "a job for each try")
    eventually(lambda: all(is_withdrawn(gateway, job) for job in jobs()), "both jobs taken back")


def end_soon(site: Any) -> None:
    """Tell the server to end, as a signal would."""
    site._server.should_exit = True


@contextlib.contextmanager
def streamed(url: str, **more: Any) -> Iterator[tuple[httpx.Response, Iterator[str]]]:
    with (
        httpx.Client(trust_env=False, timeout=PATIENCE_S, verify=NO_TLS) as client,
        client.stream("POST", f"{url}/v1/chat/completions", json={**HELLO, "stream": True}, **more) as response,
    ):
        yield response, response.iter_lines()


def until(lines: Iterator[str], words: str) -> str:
    for line in lines:
        if words in line:
            return line
    raise AssertionError(f"the stream ended without {words}")


def test_who_hangs_up_in_the_middle_of_a_stream_takes_the_job_back(site, hand, gateway, eventually) -> None:
    def speak() -> None:
        hand.say(hand.claim(), "Once upon")

    with ThreadPoolExecutor(1) as other:
        other.submit(speak)
        with streamed(site.url) as (response, lines):
            until(lines, "Once upon")
            job = response.headers["x-request-id"]
    eventually(lambda: is_withdrawn(gateway, job), "the job taken back")


def test_who_hangs_up_while_a_stream_is_silent_takes_the_job_back(site, hand, gateway, eventually) -> None:
    with streamed(site.url) as (response, lines):
        assert until(lines, "queued") == ": queued"
        job = response.headers["x-request-id"]
    eventually(lambda: is_withdrawn(gateway, job), "the job taken back")


def test_while_nothing_is_said_comments_tell_where_the_job_stands_and_keep_the_line(site, hand, monkeypatch) -> None:
    monkeypatch.setattr("bots.web.openai.streaming.HEARTBEAT_S", 0.5)
    with streamed(site.url) as (_, lines):
        until(lines, ": still here")
        claim = hand.claim()
        until(lines, ": claimed by home")
        hand.finish(claim, "Good morning")
        until(lines, "Good morning")
        until(lines, "data: [DONE]")


def test_comments_that_nobody_had_to_wait_for_are_left_out(worker, site) -> None:
    with streamed(site.url) as (_, lines):
        assert next(lines).startswith("data: {")


def test_another_try_that_writes_something_else_ends_the_stream_with_an_error_that_names_the_job(
    site, hand, ledger, ask, gateway
) -> None:
    from tasks.jobs import moves

    told = threading.Event()

    def stumble() -> None:
        claim = hand.claim()
        hand.say(claim, "Wrong start")
        assert told.wait(PATIENCE_S)
        ledger.run(moves.give_back(claim.job, claim.fence, "retry", "engine fell over"))

    with ThreadPoolExecutor(1) as other:
        other.submit(stumble)
        stream = ask().chat.completions.create(**HELLO, stream=True)
        assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", "Wrong start"]
        told.set()
        with pytest.raises(openai.APIError, match="another try of job") as caught:
            next(stream)
    job = stream.response.headers["x-request-id"]
    assert job in str(caught.value.body["message"])
    hand.answer("Right")
    assert gateway.job(job).text == "Right", "the job went on, and its answer can be fetched"


def test_a_server_that_ends_tells_who_waits_to_come_again_and_takes_their_job_back(
    redis_url, hand, open_site: Callable[..., Any], ask, jobs, gateway, eventually
) -> None:
    site = open_site(redis_url)
    with ThreadPoolExecutor(1) as other:
        asking = other.submit(lambda: ask(site.url).chat.completions.create(**HELLO))
        eventually(jobs, "a job")
        end_soon(site)
        with pytest.raises(openai.InternalServerError) as caught:
            asking.result(PATIENCE_S)
    assert caught.value.status_code == 503
    eventually(lambda: is_withdrawn(gateway, jobs()[0]), "the job taken back")


def test_a_server_that_ends_amid_a_stream_leaves_the_job_whose_id_was_told(
    redis_url, hand, open_site: Callable[..., Any], gateway
) -> None:
    site = open_site(redis_url)
    with ThreadPoolExecutor(1) as other:
        speaking = other.submit(lambda: hand.say(hand.claim(), "Once upon"))
        with streamed(site.url) as (response, lines):
            until(lines, "Once upon")
            speaking.result()
            end_soon(site)
            error = json.loads(until(lines, "error").removeprefix("data: "))["error"]
    assert error["code"] == "server_busy"
    assert gateway.job(response.headers["x-request-id"]).state is JobState.GENERATING
