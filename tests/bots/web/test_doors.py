"""Who is let in where: with a key, without one, with one that is good for something else."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from typing import cast

import httpx
import pytest

from bots.web import doors
from bots.web.logins import COOKIE
from bots.web.visitors import HERE, OWNER, Visitor
from tasks.contracts.clock import Clock
from tasks.contracts.errors import BadInput, KeyNeeded
from tasks.contracts.jobs import JobState, JobView
from tasks.jobs import keys
from tasks.jobs.keys import Scope
from tasks.jobs.store import AsyncStore
from tests.bots.web import keyed
from tests.bots.web.keyed import EVERYWHERE, holder
from tests.tasks.jobs.flock import Flock

ASK = {"prompt": "hello", "async": True}
OPEN = {"/healthz", "/readyz", "/api/login", "/api/logout", "/openapi.json"}  # what asks for no key
Enter = Callable[..., httpx.Client]


@pytest.fixture
def public(redis_url, open_site) -> str:
    """The address of a page that other machines may reach."""
    return str(open_site(redis_url, bind=EVERYWHERE).url)


@pytest.fixture
def enter(public, ledger) -> Iterator[Enter]:
    """Call it with scopes for a client with such a key; with none for one without a key."""
    opened: list[httpx.Client] = []

    def enter_with(*scopes: Scope, name: str = "", **limits: int) -> httpx.Client:
        secret = keyed.cut(ledger, name or f"key{len(opened)}", *scopes, **limits) if scopes else ""
        opened.append(holder(public, secret))
        return opened[-1]

    yield enter_with
    for client in opened:
        client.close()


# ---------------------------------------------------------------- keys


def test_at_this_machine_nobody_needs_a_key(client) -> None:
    assert client.get("/api/visitor").json() == {
        "name": "local",
        "key": "",
        "scopes": ["admin", "chat", "embed", "ingest", "memory", "read"],
        "local": True,
    }


def test_programs_that_insist_on_a_key_may_send_any_word_from_this_machine(client) -> None:
    assert client.get("/api/visitor", headers={"Authorization": "Bearer sk-none"}).json()["local"] is True


def test_a_key_that_looks_like_ours_and_is_not_is_refused_even_here(client) -> None:
    assert client.get("/api/visitor", headers={"Authorization": "Bearer rk_gone"}).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_passed_on_does_not_come_from_here(client, header) -> None:
    assert client.get("/api/visitor", headers={header: "198.51.100.7"}).status_code == 401


def test_from_elsewhere_every_route_but_the_open_ones_asks_for_a_key(enter) -> None:
    stranger = enter()
    paths = stranger.get("/openapi.json").json()["paths"]
    asked = [(verb, path) for path, verbs in paths.items() for verb in verbs if path not in OPEN]
    assert len(asked) > 15
    let_in = []
    for verb, path in asked:
        told = stranger.request(verb.upper(), re.sub(r"\{.*?\}", "x", path), json={} if verb == "post" else None)
        if told.status_code != 401:
            let_in.append((verb, path, told.status_code))
    assert not let_in


def test_who_is_refused_is_told_what_to_do_and_not_why(enter) -> None:
    told = enter().get("/api/visitor")
    assert told.status_code == 401
    assert told.headers["www-authenticate"] == "Bearer"
    assert told.json()["error"]["type"] == "KeyNeeded"
    assert "rookery key new" in told.json()["error"]["next_step"]
    assert "access-control-allow-origin" not in told.headers


@pytest.mark.parametrize(
    "shown", ["Bearer", "Bearer  x", "Basic rk_x", "rk_x", "Bearer rk_\u00e9", "Bearer " + "x" * 9000]
)
def test_what_is_no_key_opens_nothing(enter, shown) -> None:
    told = enter().get("/api/visitor", headers={"Authorization": shown.encode()})
    assert told.status_code == 401


def test_a_key_opens_what_it_is_good_for_and_nothing_else(enter) -> None:
    writer, reader = enter(Scope.CHAT), enter(Scope.READ)
    assert writer.post("/generate", json=ASK).status_code == 202
    assert reader.get("/api/fleet").status_code == 200
    told = writer.get("/api/fleet")
    assert (told.status_code, told.json()["error"]["type"]) == (403, "NotAllowed")
    assert reader.post("/generate", json=ASK).status_code == 403


def test_a_key_of_admins_opens_everything(enter) -> None:
    admin = enter(Scope.ADMIN)
    assert admin.post("/generate", json=ASK).status_code == 202
    assert admin.get("/api/fleet").status_code == 200


def test_a_key_that_is_revoked_opens_nothing_after_two_seconds(ledger, redis_url) -> None:
    class Watch:
        now_s = 0.0

        def monotonic_s(self) -> float:
            return self.now_s

    async def opens(known: doors.Doors, secret: str) -> bool:
        try:
            await known.holder(secret)
        except KeyNeeded:
            return False
        return True

    async def tried() -> list[bool]:
        store, watch, secret = AsyncStore.open(redis_url), Watch(), keyed.cut(ledger, "ada", Scope.CHAT)
        known = doors.Doors(store, bind=EVERYWHERE, clock=cast("Clock", watch))
        before = await opens(known, secret)
        ledger.run(keys.revoke("ada"))
        watch.now_s += doors.FRESH_S
        after = await opens(known, secret)
        await store.close()
        return [before, after]

    assert asyncio.run(tried()) == [True, False]


# ---------------------------------------------------------------- limits


def test_a_key_may_ask_so_often_and_is_told_when_again(enter) -> None:
    client = enter(Scope.CHAT, minute=2)
    assert [client.post("/generate", json=ASK).status_code for _ in range(3)] == [202, 202, 429]
    told = client.post("/generate", json=ASK)
    assert 1 <= int(told.headers["retry-after"]) <= 60
    assert told.json()["error"]["type"] == "Refused"
    assert enter(Scope.CHAT).post("/generate", json=ASK).status_code == 202


def test_what_could_not_be_used_costs_nothing(enter) -> None:
    client = enter(Scope.CHAT, minute=1)
    assert client.post("/generate", json={"prompt": " "}).status_code == 422
    assert client.post("/generate", json={"prompt": "hi", "persona": "nobody"}).status_code == 404
    assert client.post("/generate", json=ASK).status_code == 202


def test_the_same_job_counts_once(enter) -> None:
    client = enter(Scope.CHAT, minute=1)
    again = {**ASK, "request_id": "r1"}
    told = [client.post("/generate", json=again) for _ in range(3)]
    assert [one.status_code for one in told] == [202, 202, 202]
    assert len({one.json()["job"] for one in told}) == 1


def test_a_key_may_have_so_many_at_once(enter) -> None:
    client = enter(Scope.CHAT, at_once=1)
    assert [client.post("/generate", json=ASK).status_code for _ in range(2)] == [202, 429]


# ---------------------------------------------------------------- whose jobs and sessions


def test_the_job_of_another_key_is_none_at_all(enter) -> None:
    ada, bob, reader = enter(Scope.CHAT), enter(Scope.CHAT), enter(Scope.CHAT, Scope.READ)
    job = ada.post("/generate", json=ASK).json()["job"]
    for path in (f"/jobs/{job}", f"/api/jobs/{job}", f"/api/jobs/{job}/events"):
        theirs = bob.get(path)
        assert theirs.status_code == 404
        nobodys = "x" * len(job)
        assert theirs.text.replace(job, nobodys) == bob.get(path.replace(job, nobodys)).text
    assert bob.delete(f"/jobs/{job}").status_code == bob.delete(f"/api/jobs/{job}").status_code == 404
    assert reader.get(f"/jobs/{job}").json()["status"] == "waiting"
    assert ada.delete(f"/jobs/{job}").json()["status"] == "withdrawn"


def test_two_keys_never_share_a_session(enter, hand) -> None:
    ada, bob = enter(Scope.CHAT), enter(Scope.CHAT)
    ada.post("/api/chat", json={"text": "my name is Ada", "session": "s"})
    hand.answer("Hello, Ada.")
    bob.post("/api/chat", json={"text": "who am I?", "session": "s"})
    assert hand.claim().window == ()
    ada.post("/api/chat", json={"text": "who am I?", "session": "s"})
    assert [turn.text for turn in hand.claim().window] == ["my name is Ada", "Hello, Ada."]


def test_nobody_forgets_the_session_of_another_key(enter, hand) -> None:
    ada, bob = enter(Scope.CHAT), enter(Scope.CHAT)
    ada.post("/api/chat", json={"text": "one", "session": "s"})
    hand.answer("two")
    assert bob.delete("/api/sessions/s").json()["forgotten"] == 0
    assert ada.delete("/api/sessions/s").json()["forgotten"] == 2


@pytest.mark.parametrize("named", ["s", "x" * 64])
def test_what_a_key_calls_its_session_stays_below_it(named) -> None:
    ada, bob = (Visitor(name, frozenset(), key_id) for name, key_id in (("ada", "aaaaaaaa"), ("bob", "bbbbbbbb")))
    assert ada.chat(named) != bob.chat(named)
    assert ada.chat(named).startswith("aaaaaaaa.")
    assert len(ada.chat(named)) <= 64


@pytest.mark.parametrize("named", ["", "a:b", "../x", "a b", "x" * 65, "\u202e", "a\x00"])
def test_a_session_is_a_plain_word(named) -> None:
    with pytest.raises(BadInput):
        HERE.chat(named)


def test_the_words_of_other_platforms_are_told_to_nobody_here() -> None:
    theirs = JobView(job="j", state=JobState.QUEUED, fence=1, model="m", session="discord:rook:1", user="discord:7")
    assert not OWNER.sees(theirs)
    assert OWNER.sees(theirs.model_copy(update={"session": "api:rook:1"}))


# ---------------------------------------------------------------- the page's login


def test_a_page_shows_its_key_once_and_is_known_by_a_cookie_that_no_script_reads(enter, ledger) -> None:
    page, secret = enter(), keyed.cut(ledger, "ada", Scope.CHAT)
    told = page.post("/api/login", json={"key": secret})
    assert told.json() == {**told.json(), "name": "ada", "scopes": ["chat"], "local": False}
    said = told.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in said.split(";")}
    assert secret not in str(told.headers) + told.text
    assert page.post("/api/chat", json={"text": "hello"}).status_code == 202
    assert page.post("/api/logout").status_code == 200
    assert page.get("/api/visitor").status_code == 401


def test_over_tls_the_cookie_travels_no_other_way(enter, ledger) -> None:
    told = enter().post(
        "/api/login", json={"key": keyed.cut(ledger, "ada", Scope.CHAT)}, headers={"X-Forwarded-Proto": "https"}
    )
    assert "Secure" in told.headers["set-cookie"]


def test_a_session_ends_with_its_key_and_a_cookie_of_before_with_the_logout(enter, ledger) -> None:
    page, secret = enter(), keyed.cut(ledger, "ada", Scope.CHAT)
    page.post("/api/login", json={"key": secret})
    session = page.cookies[COOKIE]
    page.post("/api/logout")
    assert enter().get("/api/visitor", headers={"Cookie": f"{COOKIE}={session}"}).status_code == 401
    assert session not in str(list(ledger.client.scan_iter("*")))


def test_a_wrong_key_logs_nobody_in(enter) -> None:
    told = enter().post("/api/login", json={"key": "rk_nobody"})
    assert told.status_code == 401
    assert "set-cookie" not in told.headers


def test_a_page_of_another_site_logs_nobody_in(enter, ledger) -> None:
    told = enter().post(
        "/api/login", json={"key": keyed.cut(ledger, "ada", Scope.CHAT)}, headers={"Origin": "https://evil.example"}
    )
    assert told.status_code == 403


def test_no_key_and_no_session_is_in_a_log_an_error_or_the_ledger(enter, ledger, redis_url, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    page, secret = enter(), keyed.cut(ledger, "ada", Scope.CHAT)
    page.post("/api/login", json={"key": secret})
    told = [
        page.post("/api/login", json={"key": secret, "more": 1}),
        page.post("/api/login", json={"key": [secret]}),
        page.post("/api/chat", json={"text": "hi"}, headers={"Authorization": f"Bearer {secret}"}),
        page.get("/api/fleet", headers={"Authorization": f"Bearer {secret}"}),
        page.get("/api/visitor", headers={"Authorization": f"Bearer {secret}x"}),
    ]
    heard = [record.getMessage() + str(vars(record)) for record in caplog.records if not record.name.startswith("http")]
    held = [f"{name} {value}" for name, value in Flock(redis_url).dump().items()]
    assert held
    for hidden in (secret, page.cookies[COOKIE]):
        assert not [one.text for one in told if hidden in one.text]
        assert not [line for line in heard if hidden in line]
        assert not [line for line in held if hidden in line]
