"""`POST /generate` and `/jobs/{id}` over real HTTP: waited for, or asked for by the id of a job."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tasks.contracts.jobs import Cause, JobState
from tasks.contracts.messages import JobClass
from tasks.jobs import moves

Later = Callable[..., Future[httpx.Response]]


@pytest.fixture
def later(client) -> Iterator[Later]:
    """Post something while the test does the rest."""
    with ThreadPoolExecutor(4) as pool:
        yield lambda path="/generate", **fields: pool.submit(client.post, path, json=fields)


def ask(client: httpx.Client, **fields: Any) -> str:
    told = client.post("/generate", json={"prompt": "hello", "async": True, **fields})
    assert told.status_code == 202, told.text
    job: str = told.json()["job"]
    return job


# ---------------------------------------------------------------- waiting


def test_who_waits_gets_the_text(later, hand) -> None:
    coming = later(prompt="hello")
    hand.answer("Good morning!")
    told = coming.result()
    assert told.status_code == 200
    said = told.json()
    assert (said["status"], said["text"], said["model"], said["host"]) == ("done", "Good morning!", "demo", "home")
    assert said["usage"] == {"prompt_tokens": 12, "completion_tokens": 5, "cached_tokens": 0}
    assert said["error"] is None


def test_who_does_not_wait_gets_a_job_which_comes_to_have_the_same_text(client, hand) -> None:
    told = client.post("/generate", json={"prompt": "hello", "async": True})
    job = told.json()["job"]
    assert (told.status_code, told.headers["location"]) == (202, f"/jobs/{job}")
    assert client.get(f"/jobs/{job}").json()["status"] == "waiting"
    claim = hand.claim()
    hand.say(claim, "Good ")
    running = client.get(f"/jobs/{job}").json()
    assert (running["status"], running["text"]) == ("running", "Good ")
    hand.finish(claim, "Good morning!")
    done = client.get(f"/jobs/{job}").json()
    assert (done["status"], done["text"]) == ("done", "Good morning!")


def test_async_may_stand_in_the_address(client) -> None:
    assert client.post("/generate?async=true", json={"prompt": "hello"}).status_code == 202


def test_a_question_by_itself_knows_nothing_of_others_and_leaves_nothing(client, hand) -> None:
    for _ in range(2):
        ask(client)
        claim = hand.claim()
        assert (claim.window, claim.request.history, claim.request.remember) == ((), (), False)
        hand.finish(claim, "hi")
    assert not list(hand.store.client.scan_iter("*:session:*"))


def test_the_same_words_asked_twice_wait_for_nobody(client, hand) -> None:
    assert ask(client) != ask(client)
    assert {hand.claim().job, hand.claim().job}


def test_a_session_is_gone_on_with(client, hand) -> None:
    ask(client, prompt="my name is Ada", session="s")
    hand.answer("Hello, Ada.")
    ask(client, prompt="who am I?", session="s")
    assert [turn.text for turn in hand.claim().window] == ["my name is Ada", "Hello, Ada."]


def test_how_it_is_to_be_said_reaches_the_host(client, hand) -> None:
    ask(client, system="Be brief.", temperature=0.2, top_p=0.9, max_tokens=7, seed=3, stop=["END"], batch=True)
    asked = hand.claim().request
    assert asked.system_prompt == "Be brief."
    sampling = asked.sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed) == (0.2, 0.9, 7, 3)
    assert sampling.stop == ("END",)
    assert asked.job_class is JobClass.BATCH


def test_what_is_told_beforehand_comes_after_a_persona_that_is_named(client, hand, fleet) -> None:
    ask(client, system="Be brief.", persona=fleet.personas[0].name)
    prompt = hand.claim().request.system_prompt
    assert prompt.startswith(fleet.personas[0].prompt)
    assert prompt.endswith("Be brief.")


def test_a_notice_is_an_error_with_its_cause(later, hand) -> None:
    coming = later(prompt="hello")
    claim = hand.claim()
    hand.store.run(moves.give_back(claim.job, claim.fence, Cause.TOO_LONG.value, "too long"))
    told = coming.result()
    assert told.status_code == 422
    assert told.json()["status"] == "failed"
    assert told.json()["error"]["type"] == "too_long"
    assert told.json()["text"] == ""


def test_a_question_that_was_taken_back_meanwhile_is_a_conflict(later, client, hand) -> None:
    coming = later(prompt="hello", request_id="r1")
    job = hand.claim().job
    assert client.delete(f"/jobs/{job}").json()["status"] == "withdrawn"
    assert coming.result().status_code == 409


def hung_up(site, body: bytes, hand) -> str:
    """Ask, see that a host has it, and be gone without a word. Returns the job."""
    head = b"POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(head % len(body) + body)
        return str(hand.claim().job)


def test_who_is_gone_takes_the_question_back_unless_it_has_a_name_to_come_back_with(
    site, hand, client, gateway, eventually
) -> None:
    named = hung_up(site, b'{"prompt": "hello", "request_id": "r1"}', hand)
    nameless = hung_up(site, b'{"prompt": "hello"}', hand)
    eventually(lambda: gateway.job(nameless).state is JobState.WITHDRAWN, "the job to be taken back")
    assert gateway.job(named).state is not JobState.WITHDRAWN
    assert ask(client, request_id="r1") == named


def test_a_chat_may_be_waited_for_and_its_session_keeps_its_context(later, hand) -> None:
    first = later("/api/chat", text="my name is Ada", session="s", wait=True)
    hand.answer("Hello, Ada.")
    told = first.result()
    assert (told.status_code, told.json()["text"], told.json()["session"]) == (200, "Hello, Ada.", "s")
    second = later("/api/chat", text="who am I?", session="s", wait=True)
    claim = hand.claim()
    assert [turn.text for turn in claim.window] == ["my name is Ada", "Hello, Ada."]
    hand.finish(claim, "Ada.")
    assert second.result().json()["text"] == "Ada."


# ---------------------------------------------------------------- the same again


def test_the_same_request_is_the_same_job_in_whatever_way_it_is_named(client) -> None:
    job = ask(client, request_id="r1")
    named = client.post("/generate", json={"prompt": "hello", "async": True}, headers={"Idempotency-Key": "r1"})
    assert named.json()["job"] == job == ask(client, request_id="r1")
    assert ask(client) != ask(client)


def test_a_name_that_came_with_another_question_is_refused(client) -> None:
    ask(client, request_id="r1")
    told = client.post("/generate", json={"prompt": "something else", "async": True, "request_id": "r1"})
    assert (told.status_code, told.json()["error"]["type"]) == (422, "KeyReused")


def test_two_names_for_one_request_are_refused(client) -> None:
    told = client.post("/generate", json={"prompt": "x", "request_id": "a"}, headers={"Idempotency-Key": "b"})
    assert told.status_code == 422


# ---------------------------------------------------------------- what cannot be


UNFIT = (
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"[]", "not a JSON object"),
    (b'"x"', "not a JSON object"),
    (b"[" * 100_000, "not JSON"),
    (b"\xff\xfe{}", "not JSON"),
    (b"{}", "prompt"),
    (b'{"prompt": 3}', "prompt"),
    (b'{"prompt": null}', "prompt"),
    (b'{"prompt": ""}', "empty"),
    (b'{"prompt": "\\u200b\\u202e"}', "empty"),
    (b'{"prompt": "hi", "colour": "red"}', "colour"),
    (b'{"prompt": "hi", "as_job": true}', "as_job"),
    (b'{"prompt": "hi", "temperature": NaN}', "temperature"),
    (b'{"prompt": "hi", "temperature": 6}', "temperature"),
    (b'{"prompt": "hi", "max_tokens": 0}', "max_tokens"),
    (b'{"prompt": "hi", "max_tokens": true}', "max_tokens"),
    (b'{"prompt": "hi", "seed": 1e3}', "seed"),
    (b'{"prompt": "hi", "seed": -1}', "seed"),
    (b'{"prompt": "hi", "stop": [""]}', "stop"),
    (b'{"prompt": "hi", "stop": "x"}', "stop"),
    (b'{"prompt": "hi", "session": "../../etc"}', "session"),
    (b'{"prompt": "hi", "session": "a:b"}', "session"),
    (b'{"prompt": "hi", "request_id": "a b"}', "request_id"),
    (b'{"prompt": "' + b"x" * 100_001 + b'"}', "prompt"),
)


def test_a_body_that_cannot_be_used_is_told_where(client) -> None:
    for body, place in UNFIT:
        told = client.post("/generate", content=body, headers={"Content-Type": "application/json"})
        assert told.status_code == 422, (body[:80], told.text[:200])
        assert place in told.json()["error"]["message"], body[:80]
        assert told.json()["error"]["next_step"], body[:80]


@pytest.mark.parametrize(
    ("fields", "kind"), [({"persona": "nobody"}, "UnknownPersona"), ({"model": "x"}, "UnknownModel")]
)
def test_who_is_not_there_cannot_be_asked(client, fields, kind) -> None:
    told = client.post("/generate", json={"prompt": "hi", **fields})
    assert (told.status_code, told.json()["error"]["type"]) == (404, kind)


def test_one_byte_too_many_is_too_many(client, fleet) -> None:
    most = fleet.web.max_body_kib * 1024
    start, end = b'{"prompt": "hi", "async": true', b"}"
    for more, status in ((0, 202), (1, 413)):
        body = start + b" " * (most - len(start) - len(end) + more) + end
        told = client.post("/generate", content=body, headers={"Content-Type": "application/json"})
        assert told.status_code == status


def test_words_of_every_kind_arrive_as_they_were_said(client, hand) -> None:
    said = "\u05e9\u05dc\u05d5\u05dd \u0000\u0007 🦉 a\u0301 \u202egnol <b>&amp; ${x} '; DROP"
    client.post("/generate", json={"prompt": said, "async": True})
    heard = hand.claim().request.text
    assert heard == said.replace("\x00", "").replace("\x07", "")


def test_half_a_character_is_mended_wherever_it_stands(client, hand) -> None:
    body = b'{"prompt": "x\\ud83e!", "system": "\\udd89", "async": true}'
    assert client.post("/generate", content=body, headers={"Content-Type": "application/json"}).status_code == 202
    asked = hand.claim().request
    assert (asked.text, asked.system_prompt) == ("x\ufffd!", "\ufffd")


@pytest.mark.parametrize("job", ["nobody", "..%2f..%2fetc", "%00", "a" * 201, "*", "x:y", "%F0%9F%A6%89", "%ff"])
def test_what_is_no_job_is_not_there(client, job) -> None:
    for verb in ("GET", "DELETE"):
        assert client.request(verb, f"/jobs/{job}").status_code in (404, 405)


@pytest.mark.parametrize(
    "path", ["/docs/../../../etc/passwd", "/docs/%2e%2e/login.py", "/..%2fbots/web/app.py", "/docs//etc/passwd"]
)
def test_no_path_leads_out_of_the_page(site, path) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        told = b"".join(iter(lambda: line.recv(65536), b""))
    assert told.startswith(b"HTTP/1.1 404"), told[:200]


def test_what_is_not_json_is_not_read(client) -> None:
    told = client.post("/generate", content=b"prompt=hi", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert told.status_code == 422
    assert "Content-Type" in told.json()["error"]["next_step"]


# ---------------------------------------------------------------- the server ends


def test_whom_the_server_leaves_waiting_gets_the_id_and_fetches_the_reply_from_the_next(
    redis_url, open_site, hand, eventually
) -> None:
    first = open_site(redis_url)
    with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=first.url, timeout=20.0, trust_env=False) as client:
        coming = pool.submit(client.post, "/generate", json={"prompt": "hello"})
        claim = hand.claim()
        threading.Thread(target=first.stop).start()
        told = coming.result()
    assert told.status_code == 202
    hand.finish(claim, "Good morning!")
    second = open_site(redis_url)
    with httpx.Client(base_url=second.url, timeout=20.0, trust_env=False) as client:
        assert client.get(told.headers["location"]).json()["text"] == "Good morning!"
