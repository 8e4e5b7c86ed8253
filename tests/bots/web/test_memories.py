"""`/api/memories` over real HTTP: whose they are, who may see them, and what is told while nobody keeps any."""

from __future__ import annotations

import json
import threading

import pytest

from bots.web import memories
from tasks.contracts.fleet import parse
from tasks.contracts.jobs import JobState
from tasks.jobs import moves, remembering
from tasks.jobs.keys import Scope
from tests.bots.web import keyed
from tests.bots.web.keeping import IS_UP_S, Keeper, kept
from tests.tasks.memory.people import Rights

REMEMBERING = {"persona": [{"name": "Bob", "model": "demo"}, {"name": "Rook", "model": "demo", "memory": True}]}


@pytest.fixture
def fleet():
    """Two personas, of whom one remembers."""
    return parse(REMEMBERING, "test")


@pytest.fixture
def keeper(ledger):
    """Somebody who keeps two memories."""
    with Keeper(ledger, [kept(1, "I like tea."), kept(2, "I live in Oslo.")]).at_work() as keeper:
        yield keeper


def test_who_asks_sees_what_is_remembered_and_finds_some_of_it(client, keeper) -> None:
    told = client.get("/api/memories").json()
    assert [one["text"] for one in told["memories"]] == ["I like tea.", "I live in Oslo."]
    first = client.get("/api/memories", params={"limit": 1}).json()
    assert len(first["memories"]) == 1
    rest = client.get("/api/memories", params={"limit": 1, "after": first["after"]}).json()
    assert [one["id"] for one in rest["memories"]] == ["m2"]
    assert rest["after"] == ""
    found = client.get("/api/memories", params={"about": "oslo\x00"}).json()
    assert [one["id"] for one in found["memories"]] == ["m2"]
    assert {(asked.person, asked.direct) for asked in keeper.asked} == {("web:local", True)}
    assert all(wish.alone and wish.as_json for wish in keeper.wishes)


def test_all_of_it_is_a_file_with_a_memory_on_each_line(client, keeper) -> None:
    told = client.get("/api/memories/export")
    assert told.headers["content-disposition"] == 'attachment; filename="memories.jsonl"'
    assert [json.loads(line)["text"] for line in told.text.splitlines()] == ["I like tea.", "I live in Oslo."]
    keeper.memories.clear()
    assert client.get("/api/memories/export").text == ""


def test_what_is_to_be_remembered_is_for_a_persona_who_remembers_and_once(client, keeper) -> None:
    for _ in range(2):
        told = client.post("/api/memories", json={"text": " My cat is Ada. ", "request_id": "r1"})
        assert (told.status_code, told.json()["memories"][0]["text"]) == (200, "My cat is Ada.")
    assert [(asked.persona, asked.remember) for asked in keeper.asked] == [("Rook", False)]
    assert client.post("/api/memories", json={"text": "x", "persona": "Bob"}).status_code == 422
    assert client.post("/api/memories", json={"text": "x", "persona": "Zed"}).status_code == 404
    assert client.post("/api/memories", json={"text": "\u200b"}).status_code == 422


def test_one_is_forgotten_by_its_id_and_everything_only_where_that_is_said(client, keeper) -> None:
    assert client.delete("/api/memories/m1").json()["forgotten"] == 1
    assert keeper.wishes[-1].ids == ("m1",)
    refused = client.delete("/api/memories")
    assert (refused.status_code, len(keeper.wishes)) == (422, 1)
    assert client.delete("/api/memories", params={"everything": True}).json()["forgotten"] == 1
    assert (keeper.wishes[-1].ids, keeper.wishes[-1].about, keeper.memories) == ((), "", [])


@pytest.mark.parametrize("way", ["", "/export", "/m1", "?everything=1"])
def test_a_key_has_to_be_good_for_it_and_has_memories_of_its_own(ledger, open_site, redis_url, keeper, way) -> None:
    url = open_site(redis_url, bind=keyed.EVERYWHERE).url
    verb = "GET" if way in ("", "/export") else "DELETE"
    with keyed.holder(url, keyed.cut(ledger, "bob", Scope.CHAT, Scope.READ)) as bob:
        assert bob.request(verb, f"/api/memories{way}").status_code == 403
    with keyed.holder(url) as nobody:
        assert nobody.request(verb, f"/api/memories{way}").status_code == 401
    assert keeper.asked == []
    with keyed.holder(url, keyed.cut(ledger, "ada", Scope.MEMORY)) as ada:
        assert ada.request(verb, f"/api/memories{way}").status_code == 200
        me = ada.get("/api/visitor").json()
    assert [asked.person for asked in keeper.asked] == [f"key:{me['key']}"]


@pytest.mark.parametrize("is_up", [False, True])
def test_where_nobody_keeps_memories_that_is_said_and_what_is_to_be_gone_will_go(
    client, ledger, monkeypatch, is_up
) -> None:
    monkeypatch.setattr(memories, "WAIT_S", 0.0)
    if is_up:
        ledger.run(remembering.is_up(IS_UP_S))
    told = client.get("/api/memories")
    assert (told.status_code, told.json()["error"]["type"]) == (503, "MemoryUnavailable")
    assert "rookery run memory" in told.json()["error"]["next_step"]
    later = client.delete("/api/memories/m1")
    assert (later.status_code, later.json()["status"]) == (202, "waiting")
    assert ledger.run(moves.read_job(later.json()["job"])).state is JobState.RECALLING


def test_nobody_else_sees_what_was_wanted_not_even_who_may_look_around(
    client, keeper, ledger, open_site, redis_url
) -> None:
    client.delete("/api/memories/m1")
    job = keeper.asked[0].job
    with keyed.holder(
        open_site(redis_url, bind=keyed.EVERYWHERE).url, keyed.cut(ledger, "bob", Scope.CHAT, Scope.READ)
    ) as bob:
        assert bob.get(f"/api/jobs/{job}").status_code == 404
        assert "m1" not in json.dumps(bob.get("/api/jobs").json()["jobs"])


def test_what_was_told_on_the_page_is_found_there_and_then_gone_from_everywhere(client, redis_url, tmp_path) -> None:
    hall, ending = Rights(redis_url, tmp_path), threading.Event()

    def grant() -> None:
        while not ending.wait(0.01):
            hall.granter.serve()

    hall.told("My dog is called Rex.", "I like tea.", user="web:s1", person="web:local")
    hall.flock.store.run(remembering.is_up(IS_UP_S))
    granting = threading.Thread(target=grant, name="granter")
    granting.start()
    try:
        client.post("/api/memories", json={"text": "Rex is a spaniel."})
        found = client.get("/api/memories", params={"about": "rex"}).json()["memories"]
        assert [(one["text"], one["author"], one["pinned"]) for one in found] == [
            ("Rex is a spaniel.", "you", True),
            ("My dog is called Rex.", "you", False),
        ]
        assert client.delete(f"/api/memories/{found[1]['id']}").json()["turns"] == 1
        assert "My dog is called Rex." not in client.get("/api/memories/export").text
        assert client.delete("/api/memories", params={"everything": True}).status_code == 200
        assert client.get("/api/memories").json()["memories"] == []
        assert hall.texts() == []
    finally:
        ending.set()
        granting.join()
        hall.close()
