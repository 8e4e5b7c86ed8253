"""The HTTP API of the page, served for real, over a real ledger."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.web import app as web_app
from bots.web import bodies
from bots.web.bodies import MAX_BODY_BYTES
from bots.web.chat import ChatMessage
from bots.web.failures import status_of
from tasks.contracts.errors import (
    BadInput,
    EngineRejected,
    JobMoved,
    Refused,
    RookeryError,
    StoreFull,
    StoreUnavailable,
    UnknownPersona,
)
from tasks.contracts.jobs import JobState
from tasks.contracts.messages import JobRequest
from tasks.jobs import roster

HELLO = {"text": "hello", "session": "s1", "message_id": "m1"}
Told = tuple[str, str, Any]  # id, event, data


@contextlib.contextmanager
def events(client: httpx.Client, job: str, after: str = "") -> Iterator[Iterator[Told]]:
    """Listen to a job's stream until the block ends."""
    headers = {"Last-Event-ID": after} if after else {}
    with client.stream("GET", f"/api/jobs/{job}/events", headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield parsed(response.iter_lines())


def parsed(lines: Iterator[str]) -> Iterator[Told]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "event" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


def until(told: Iterator[Told], name: str, **wanted: Any) -> Any:
    """Return the data of the next event of that name, with these values in it."""
    for _, event, data in told:
        if event == name and wanted.items() <= data.items():
            return data
    raise AssertionError(f"the stream ended without {name} {wanted}")


def shown(told: list[Told]) -> str:
    """Return what a page shows that follows the rule for `text` events."""
    text = ""
    for _, event, data in told:
        if event == "text":
            text = text.encode("utf-16-le")[: data["at"] * 2].decode("utf-16-le") + data["text"]
        elif event == "restart":
            text = ""
    return text


def ask(client: httpx.Client, **fields: Any) -> str:
    response = client.post("/api/chat", json={**HELLO, **fields})
    assert response.status_code == 202, response.text
    job: str = response.json()["job"]
    return job


# ---------------------------------------------------------------- accepting


def test_a_message_becomes_a_job_and_rings_exactly_one_bell_on_its_models_queue(client, hand, gateway) -> None:
    response = client.post("/api/chat", json=HELLO)
    told = response.json()
    assert response.status_code == 202
    assert told == {"job": told["job"], "session": "s1", "hosted": True, "state": "queued"}
    assert gateway.job(told["job"]).state is JobState.QUEUED
    (bell,) = hand.bells()
    assert bell["headers"]["task"] == "generation.answer"
    assert sorted(hand.store.client.scan_iter("model.*")) == ["model.demo"]


def test_a_retry_of_the_same_message_is_the_same_job_and_no_second_bell(client, hand) -> None:
    assert ask(client) == ask(client)
    assert len(hand.bells()) == 1


def test_a_message_answered_anew_is_a_job_of_its_own_that_replaces_the_old_answer(client, hand) -> None:
    first = ask(client)
    hand.answer("one")
    again = ask(client, ordinal=1)
    assert again == ask(client, ordinal=1) != first
    claim = hand.claim()
    assert (claim.job, claim.request.replaces, claim.window) == (again, first, ())
    hand.finish(claim, "two")
    ask(client, message_id="m2", text="and now?")
    assert [turn.text for turn in hand.claim().window] == ["hello", "two"]


def test_another_message_id_is_another_job(client, hand) -> None:
    assert ask(client) != ask(client, message_id="m2")


def test_a_message_without_ids_gets_a_session_of_its_own(client, hand) -> None:
    first, second = (client.post("/api/chat", json={"text": "hello"}).json() for _ in range(2))
    assert first["session"] != second["session"]
    assert first["job"] != second["job"]


def test_without_a_host_the_person_is_told_so(client) -> None:
    job = client.post("/api/chat", json=HELLO).json()
    assert job["hosted"] is False
    with events(client, job["job"]) as told:
        assert until(told, "state")["phrase"] == "waiting for a host that has demo"


def test_who_waits_is_told_of_those_before_and_when_there_are_fewer(client, hand) -> None:
    ask(client, session="s0")
    with events(client, ask(client)) as told:
        assert until(told, "state")["phrase"] == "queued, 1 before you"
        hand.claim()
        assert until(told, "state")["phrase"] == "queued"


def test_who_waits_for_a_model_that_is_loading_is_told_where(client, hand) -> None:
    from tasks.jobs import fleet_moves

    job = ask(client)
    with events(client, job) as told:
        assert until(told, "state")["phrase"] == "queued"
        for state, words in (("starting", "home is loading demo"), ("ready", "queued")):
            about = json.dumps({"models": [{"name": "demo", "slug": "demo", "state": state}]})
            assert hand.store.run(fleet_moves.host_beat("home", hand.fence, 60_000, about, ["demo"]))
            assert until(told, "state")["phrase"] == words


# ---------------------------------------------------------------- streaming


def test_an_answer_is_streamed_piece_by_piece_and_ends_with_the_view(client, hand) -> None:
    job = ask(client)
    with events(client, job) as told:
        assert until(told, "state")["phrase"] == "queued"
        claim = hand.claim()
        assert until(told, "state", state="claimed")["phrase"] == "claimed by home"
        hand.say(claim, "Hello ")
        assert until(told, "text", text="Hello ")["at"] == 0
        hand.say(claim, "🦉 there", after="Hello ")
        assert until(told, "text", text="🦉 there")["at"] == 6
        hand.finish(claim, "Hello 🦉 there")
        answer = until(told, "answer")
    assert answer["text"] == answer["ending"] == "Hello 🦉 there"
    assert (answer["outcome"], answer["state"], answer["demo"]) == ("reply", "delivered", True)
    assert answer["details"].startswith("demo on home · 12 → 5 tokens · first word ")


def test_a_reconnect_goes_on_where_the_stream_broke_off(client, hand) -> None:
    job = ask(client)
    claim = hand.claim()
    hand.say(claim, "🦉 One ")
    with events(client, job) as told:
        seen: list[Told] = []
        for event in told:
            seen.append(event)
            if event[1] == "text" and event[2]["text"]:
                break
    hand.say(claim, "two ", after="🦉 One ")
    with events(client, job, after=seen[-1][0]) as told:
        again = next(event for event in told if event[1] == "text")
        assert again[2] == {"at": 7, "text": "two "}
        hand.say(claim, "three", after="🦉 One two ")
        seen += [again, next(event for event in told if event[1] == "text")]
        hand.finish(claim, "🦉 One two three")
        until(told, "answer")
    assert shown(seen) == "🦉 One two three"


def test_text_of_a_try_that_failed_while_nobody_listened_is_taken_back_on_reconnect(client, hand) -> None:
    from tasks.jobs import moves

    job = ask(client)
    claim = hand.claim()
    hand.say(claim, "Half an ans")
    assert hand.store.run(moves.give_back(job, claim.fence, "retry", "engine fell over")) == "queued"
    with events(client, job) as told:
        assert next(told)[1:] == ("text", {"at": 0, "text": ""})
        assert until(told, "state")["phrase"] == "trying again"


def test_a_second_try_restarts_the_text(client, hand) -> None:
    from tasks.jobs import moves

    job = ask(client)
    claim = hand.claim()
    seen: list[Told] = []
    with events(client, job) as told:
        until(told, "state", state="claimed")
        hand.say(claim, "Wrong start")
        seen.append(next(event for event in told if event[1] == "text" and event[2]["text"]))
        hand.store.run(moves.give_back(job, claim.fence, "retry", "engine fell over"))
        second = hand.claim()
        hand.say(second, "Right")
        for event in told:
            seen.append(event)
            if event[1] == "text" and event[2]["text"] == "Right":
                break
        assert "restart" in [event[1] for event in seen]
        assert shown(seen) == "Right"
        hand.finish(second, "Right")
        assert until(told, "answer")["attempts"] == 2


def test_who_comes_late_gets_the_answer_at_once(client, hand) -> None:
    job = ask(client)
    hand.answer("done already")
    with events(client, job) as told:
        assert [(event, data["text"]) for _, event, data in told] == [("answer", "done already")]
    assert client.get(f"/api/jobs/{job}").json()["text"] == "done already"


def test_a_silent_stream_sends_heartbeats(client, hand, monkeypatch) -> None:
    from bots.web import stream as web_stream

    monkeypatch.setattr(web_stream, "HEARTBEAT_S", 0.0)
    with client.stream("GET", f"/api/jobs/{ask(client)}/events") as response:
        assert ": still here" in response.iter_lines()


def test_a_watched_job_does_not_keep_others_waiting(client, hand) -> None:
    job = ask(client)
    with events(client, job) as told, events(client, job) as other:
        until(told, "state")
        until(other, "state")
        assert client.get("/healthz").status_code == 200
        hand.answer("both hear it")
        assert until(told, "answer")["text"] == until(other, "answer")["text"] == "both hear it"


def test_open_streams_do_not_keep_the_server_from_ending(client, hand, site) -> None:
    with events(client, ask(client)) as told:
        until(told, "state")
        site.close()
        assert list(told) == []


# ---------------------------------------------------------------- withdrawing


def test_a_withdrawn_job_ends_its_stream_and_reaches_the_worker(client, hand, gateway) -> None:
    job = ask(client)
    claim = hand.claim()
    hand.say(claim, "I was about to")
    with events(client, job) as told:
        until(told, "text", text="I was about to")
        assert client.delete(f"/api/jobs/{job}").json() == {"job": job, "state": "withdrawn"}
        answer = until(told, "answer")
    assert (answer["outcome"], answer["ending"], answer["text"]) == (None, "Stopped.", "I was about to")
    assert gateway.job(job).marks[-1].who == "web"


def test_withdrawing_an_answered_job_changes_nothing(client, hand) -> None:
    job = ask(client)
    hand.answer("here")
    assert client.delete(f"/api/jobs/{job}").json()["state"] == "delivered"


def test_a_session_is_forgotten_whoever_answered_in_it_and_no_other(client, hand, ledger) -> None:
    for session in ("s1", "s2"):
        ask(client, session=session)
        hand.answer("hi")
    assert client.delete("/api/sessions/s1").json() == {"session": "s1", "forgotten": 2}
    assert client.delete("/api/sessions/s1").json() == {"session": "s1", "forgotten": 0}
    for session, before in (("s1", 0), ("s2", 2)):
        ask(client, session=session, message_id="m2")
        assert len(hand.claim().window) == before
    assert client.delete("/api/sessions/s*").status_code == 422


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_job_of_another_platform_is_nobodys_business_here(client, gateway, method) -> None:
    gateway.submit(JobRequest(job="secret", model="demo", session="discord:1", user="u", text="between us"))
    response = client.request(method, "/api/jobs/secret")
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "UnknownJob"
    assert client.get("/api/jobs/secret/events").status_code == 404
    assert gateway.job("secret").state is JobState.QUEUED


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("fields", "status", "kind", "words"),
    [
        ({"text": ""}, 422, "BadInput", "the message is empty"),
        ({"text": "\u200b\u2060"}, 422, "BadInput", "the message is empty"),
        ({"text": "\x00"}, 422, "BadInput", "the message is empty"),
        ({"text": "x" * 100_001}, 422, "BadInput", "100,001 characters"),
        ({"text": 7}, 422, "BadInput", "text: "),
        ({"text": None}, 422, "BadInput", "text: "),
        ({"colour": "red"}, 422, "BadInput", "colour: "),
        ({"persona": "nobody"}, 404, "UnknownPersona", "nobody"),
        ({"session": "../../etc"}, 422, "BadInput", "session"),
        ({"session": ""}, 422, "BadInput", "session"),
        ({"session": "x" * 65}, 422, "BadInput", "session"),
        ({"message_id": "a b"}, 422, "BadInput", "message id"),
        ({"ordinal": -1}, 422, "BadInput", "ordinal"),
        ({"ordinal": 100}, 422, "BadInput", "ordinal"),
        ({"ordinal": "1"}, 422, "BadInput", "ordinal"),
        ({"session": "\ud800"}, 422, "BadInput", "session"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason_and_rings_nothing(
    client, hand, fields, status, kind, words
) -> None:
    response = client.post("/api/chat", content=json.dumps({**HELLO, **fields}), headers=JSON)
    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (status, kind)
    assert words in error["message"]
    assert error["next_step"]
    assert not hand.bells()


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"text": ' + b"1" * 5000 + b"}", b"{}"]
)
def test_a_body_that_is_no_message_is_refused(client, body) -> None:
    response = client.post("/api/chat", content=body, headers=JSON)
    assert response.status_code == 422
    assert response.json()["error"]["type"] == "BadInput"


def test_half_a_character_is_mended_and_right_to_left_text_is_kept(client, hand) -> None:
    ask(client, text="x")
    for number, (text, kept) in enumerate([("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"), ("مرحبا 🦉", "مرحبا 🦉")]):
        fields = {"text": text, "session": f"t{number}"}
        assert client.post("/api/chat", content=json.dumps(fields), headers=JSON).status_code == 202
        assert bodies.parsed(json.dumps(fields).encode(), ChatMessage).text == kept


def test_a_hundred_kilobytes_are_taken_and_more_than_the_cap_is_not(client, hand) -> None:
    ask(client, text="x" * 100_000)
    response = client.post("/api/chat", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "BadInput"


def test_one_message_too_many_is_refused_for_now(client, hand) -> None:
    for number in range(2):
        ask(client, message_id=f"m{number}")
    response = client.post("/api/chat", json={**HELLO, "message_id": "one-more"})
    assert response.status_code == 429
    assert response.json()["error"]["type"] == "Refused"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/jobs/none", 404),
        ("GET", "/api/jobs/none/events", 404),
        ("DELETE", "/api/jobs/none", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/../app.py", 404),
        ("PUT", "/api/chat", 405),
        ("GET", "/redoc", 404),
        ("GET", "/openapi.yaml", 404),
    ],
)
def test_what_is_not_there_is_said_in_json(client, method, path, status) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"type", "message", "next_step"}


@pytest.mark.parametrize(
    ("exc", "status"),
    [
        (BadInput("x"), 422),
        (UnknownPersona("x"), 404),
        (Refused("x"), 429),
        (JobMoved("x"), 409),
        (StoreUnavailable("x"), 503),
        (StoreFull("x"), 503),
        (EngineRejected("x"), 500),
    ],
)
def test_each_kind_of_failure_has_its_status(exc, status) -> None:
    assert status_of(exc) == status


def test_without_redis_everything_says_so_and_the_page_still_knows_who_there_is(open_site, free_port) -> None:
    url = open_site(f"redis://127.0.0.1:{free_port()}/0").url
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        for response in (client.get("/healthz"), client.post("/api/chat", json=HELLO), client.get("/api/jobs/x")):
            assert response.status_code == 503
            assert response.json()["error"]["type"] == "StoreUnavailable"
            assert "Traceback" not in response.text
        told = client.get("/api/fleet").json()
        assert (told["personas"][0]["name"], told["status"]) == ("rookery", None)


def test_a_stream_whose_redis_goes_away_ends_with_the_reason(client, hand, kill_redis, revive_redis) -> None:
    with events(client, ask(client)) as told:
        until(told, "state")
        kill_redis()
        assert until(told, "failure")["error"]["type"] == "StoreUnavailable"


def test_what_nobody_foresaw_is_told_without_a_trace(client, ledger, caplog, eventually) -> None:
    ledger.client.hset("rookery:job:odd", mapping={"state": "no such state", "fence": "1"})
    response = client.get("/api/jobs/odd")
    assert response.status_code == 500
    assert response.json()["error"]["message"] == RookeryError.notice
    assert "no such state" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    eventually(lambda: "no such state" in caplog.text, "the traceback in the log")


# ---------------------------------------------------------------- the flock


def test_the_fleet_names_personas_hosts_and_what_waits(client, hand) -> None:
    ask(client)
    told = client.get("/api/fleet").json()
    assert told["personas"] == [{"name": "rookery", "model": "demo", "demo": True, "away": None}]
    assert [(host["name"], host["live"]) for host in told["status"]["hosts"]] == [("home", True)]
    (backlog,) = told["status"]["backlogs"]
    assert (backlog["model"], backlog["waiting"]) == ("demo", 1)
    assert backlog["oldest_s"] >= 0


def test_who_takes_no_messages_is_told_with_the_reason_and_refused(client, ledger) -> None:
    ledger.run(roster.disable("rookery", "it repeats itself", "ben"))
    (persona,) = client.get("/api/fleet").json()["personas"]
    assert persona["away"] == "it repeats itself"
    for fields in ({}, {"persona": "rookery"}):
        refused = client.post("/api/chat", json={**HELLO, **fields})
        assert (refused.status_code, refused.json()["error"]["type"]) == (409, "PersonaAway")
        assert "it repeats itself" in refused.json()["error"]["message"]
    ledger.run(roster.enable("rookery"))
    ask(client)
    assert client.get("/api/fleet").json()["personas"][0]["away"] is None


def test_health_is_that_redis_answers(client) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"redis": "reachable"})


# ---------------------------------------------------------------- safety


@pytest.mark.parametrize("path", ["/", "/app.js", "/style.css", "/api/fleet", "/nowhere", "/api/jobs/none"])
def test_every_answer_carries_the_security_headers(client, path) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] in ("no-cache", "no-store")
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "127.0.0.1@evil.example"},
        {"host": ""},
    ],
)
def test_another_sites_post_is_refused_and_rings_nothing(client, hand, headers) -> None:
    response = client.post("/api/chat", json=HELLO, headers=headers)
    assert response.status_code in (400, 403)
    if response.status_code == 403:
        assert response.json()["error"]["message"]
        assert response.headers["x-content-type-options"] == "nosniff"
    assert not hand.bells()


def test_the_page_itself_may_post(client, hand, site) -> None:
    headers = {"origin": site.url, "sec-fetch-site": "same-origin"}
    assert client.post("/api/chat", json=HELLO, headers=headers).status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_post_that_a_form_could_make_is_refused(client, hand, kind) -> None:
    response = client.post("/api/chat", content=json.dumps(HELLO), headers={"content-type": kind})
    assert response.status_code == 422
    assert not hand.bells()


def test_the_page_names_no_other_machine() -> None:
    folder = Path(web_app.__file__).parent / "page"
    for file in folder.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text.replace("plain http", ""), file
        assert "https://" not in text, file
        assert "innerHTML" not in text.replace("Never innerHTML", "").replace("never innerHTML", ""), file


def test_every_file_of_the_page_is_served(client) -> None:
    folder = Path(web_app.__file__).parent / "page"
    for file in folder.iterdir():
        assert client.get(f"/{file.name}").content == file.read_bytes()
    assert client.get("/").content == (folder / "index.html").read_bytes()
