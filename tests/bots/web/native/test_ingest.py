"""`POST /ingest` and `POST /summarize` over real HTTP, into the transcript and the waiting room."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tasks.contracts import names
from tasks.contracts.fleet import parse
from tasks.contracts.messages import JobClass
from tasks.contracts.queues import MEMORY
from tasks.jobs.keys import Scope
from tasks.jobs.store import Store
from tasks.memory.finding import find
from tasks.memory.ingest import Ingester
from tasks.memory.opening import Opened
from tasks.memory.recollection import Remembering
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.values import Kind, Trust, Whole
from tasks.memory.values import Scope as Memories
from tasks.transcript import exchanges, reading
from tasks.transcript.keeping import Keeper
from tasks.transcript.reading import Scope as Of
from tasks.transcript.remembered import Reader
from tests.bots.web import keyed
from tests.tasks.memory.conftest import DIMENSION, Directions

NOW_MS = 1_900_000_000_000
SAID = [
    {"id": "m1", "author": "Ada", "text": "We ship on Friday.", "at_ms": 1_700_000_000_000},
    {"id": "m2", "author": "Bob", "text": "Who writes the notes?"},
    {"id": "m3", "author": "Ada", "text": "I do."},
]


def ingest(client: httpx.Client, said: list[dict[str, Any]] = SAID, **fields: Any) -> dict[str, Any]:
    told = client.post("/ingest", json={"id": "i1", "channel": "team", "messages": said, **fields})
    assert told.status_code == 200, told.text
    answer: dict[str, Any] = told.json()
    return answer


@pytest.fixture
def keeper(ledger, tmp_path: Path) -> Any:
    """Who writes down what is owed to the transcript."""
    made = Keeper(ledger, f"sqlite:///{tmp_path / 'transcript.db'}")
    yield made
    made.close()


def kept(keeper: Keeper) -> list[str]:
    keeper.archive()
    return [said.question for said in exchanges.page(keeper.engine, Of(everything=True))]


def test_what_was_said_elsewhere_is_in_the_transcript_with_who_and_when(client, keeper) -> None:
    assert ingest(client) == {"id": "i1", "channel": "team", "stored": 3, "known": 0}
    assert kept(keeper) == [message["text"] for message in SAID]
    first = exchanges.page(keeper.engine, Of(everything=True))[0]
    assert (first.user, first.received_ms, first.state, first.reply) == ("Ada", 1_700_000_000_000, "ingested", "")


def test_what_was_said_elsewhere_is_remembered_once_and_found(client, ledger, keeper) -> None:
    for _ in range(2):
        ingest(client)
        keeper.archive()
    reader, opened = Reader(str(keeper.engine.url)), Opened("test", lambda: QdrantStore(IN_MEMORY, "test", DIMENSION))
    remembering = Ingester(ledger, opened, Directions(), reader, threading.Event())
    while remembering.ingest():
        pass
    [channel] = {memory.channel for memory in opened.get().page(Whole()).memories}
    scope = Memories(channel, channel=channel)
    found = find("who ships, who writes notes on Friday?", scope, opened.get(), Directions(), NOW_MS, limit=9)
    assert {(one.memory.name, one.memory.text, one.memory.trust) for one in found} == {
        (said["author"], said["text"], Trust.BROUGHT) for said in SAID
    }
    assert opened.get().count(Whole()) == len(SAID)
    opened.close()
    reader.close()


def test_the_same_again_is_stored_once_even_where_redis_has_forgotten_it(client, ledger, keeper) -> None:
    ingest(client)
    assert ingest(client) == {"id": "i1", "channel": "team", "stored": 0, "known": 3}
    assert kept(keeper) == [message["text"] for message in SAID]
    ledger.client.flushdb()
    assert ingest(client)["stored"] == 3
    assert len(kept(keeper)) == 3


def test_more_under_the_same_id_adds_what_is_new(client, keeper) -> None:
    ingest(client)
    assert ingest(client, [*SAID, {"id": "m4", "text": "Good."}]) == {
        "id": "i1",
        "channel": "team",
        "stored": 1,
        "known": 3,
    }
    assert len(kept(keeper)) == 4


def test_a_window_that_redis_forgot_comes_back_with_what_was_taken_in(client, keeper) -> None:
    ingest(client)
    keeper.archive()
    (session,) = {said.session for said in exchanges.page(keeper.engine, Of(everything=True))}
    assert [turn.text for turn in reading.window(keeper.engine, Of(session=session), 2)] == [
        "Who writes the notes?",
        "I do.",
    ]


def test_what_is_summed_up_is_batch_work_that_cites_its_sources(client, hand) -> None:
    ingest(client)
    told = client.post("/summarize", json={"channel": "team"})
    assert told.status_code == 202, told.text
    said = told.json()
    assert len(said["sources"]) == 3
    assert client.post("/summarize", json={"channel": "team"}).json()["job"] == said["job"]
    claim = hand.claim()
    assert claim.request.job_class is JobClass.BATCH
    assert claim.request.text.endswith("Ada: We ship on Friday.\nBob: Who writes the notes?\nAda: I do.")
    assert not claim.request.remember
    hand.finish(claim, "They ship on Friday; Ada writes the notes.")
    done = client.get(f"/jobs/{said['job']}").json()
    assert (done["status"], done["text"]) == ("done", "They ship on Friday; Ada writes the notes.")
    assert done["sources"] == said["sources"]


def test_a_summary_is_kept_by_who_remembers_with_the_messages_that_it_cites(
    redis_url, open_site, ledger, hand, keeper
) -> None:
    flock = parse({"persona": [{"name": "wren", "model": "demo", "memory": True}]}, "test")
    reader, opened = Reader(str(keeper.engine.url)), Opened("test", lambda: QdrantStore(IN_MEMORY, "test", DIMENSION))
    worker = Remembering(ledger, opened, Directions(), reader, flock.memory, threading.Event(), lambda: flock)
    with httpx.Client(base_url=open_site(redis_url, flock).url, trust_env=False) as client:
        ingest(client)
        keeper.archive()
        while worker.ingest():
            pass
        said = client.post("/summarize", json={"channel": "team"}).json()
        claim = hand.claim()
        hand.finish(claim, "They ship on Friday.")
        worker.summarized(said["job"], *continued(ledger))
        assert client.get(f"/jobs/{said['job']}").json()["status"] == "done"
    [kept_one] = [memory for memory in opened.get().page(Whole()).memories if memory.kind is Kind.DIGEST]
    messages = [memory for memory in opened.get().page(Whole()).memories if memory.kind is Kind.TURN]
    assert set(kept_one.sources) == {memory.id for memory in messages}
    assert [memory.source.removesuffix(":0") in said["sources"] for memory in messages] == [True] * len(SAID)
    assert {kept_one.channel} == {memory.channel for memory in messages}
    worker.close()


def continued(ledger: Store) -> tuple[str, list[str]]:
    """Return what the bell of a continuation says: the channel, and the messages."""
    told = json.loads(ledger.client.rpop(MEMORY))
    assert told["headers"]["task"] == names.SUMMARIZED
    _job, channel, *messages = json.loads(told["body"])[0]
    return channel, messages


def test_people_who_wait_go_before_a_summary(client, hand) -> None:
    ingest(client)
    client.post("/summarize", json={"channel": "team"})
    asked = client.post("/generate", json={"prompt": "hello", "async": True}).json()["job"]
    assert hand.claim().job == asked


def test_a_channel_of_which_nothing_is_known_cannot_be_summed_up(client) -> None:
    told = client.post("/summarize", json={"channel": "team"})
    assert (told.status_code, told.json()["error"]["next_step"]) == (404, "send what was said in it to /ingest")


def test_each_key_has_channels_of_its_own(redis_url, open_site, ledger) -> None:
    url = open_site(redis_url, bind=keyed.EVERYWHERE).url
    ada, bob = (keyed.holder(url, keyed.cut(ledger, name, Scope.INGEST)) for name in ("ada", "bob"))
    with ada, bob:
        assert ingest(ada)["stored"] == ingest(bob)["stored"] == 3
        ingest(ada, [{"text": "more"}], id="i2")
        assert len(bob.post("/summarize", json={"channel": "team"}).json()["sources"]) == 3


def test_where_nothing_is_kept_nothing_is_taken(redis_url, open_site) -> None:
    site = open_site(redis_url, parse({"transcript": {"enabled": False}}, "test"))
    told = httpx.post(
        f"{site.url}/ingest", json={"id": "i", "channel": "c", "messages": [{"text": "x"}]}, trust_env=False
    )
    assert (told.status_code, told.json()["error"]["type"]) == (503, "TranscriptUnavailable")


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"messages": []}, "messages"),
    ({"messages": [{"text": "x"}] * 101}, "messages"),
    ({"messages": [{"text": ""}]}, "empty"),
    ({"messages": [{"text": "x", "role": "system"}]}, "messages.0.role"),
    ({"messages": [{"text": "x", "at_ms": -1}]}, "messages.0.at_ms"),
    ({"messages": [{"text": "x", "colour": "red"}]}, "messages.0.colour"),
    ({"messages": "x"}, "messages"),
    ({"channel": "a:b"}, "session"),
    ({"channel": ""}, "channel"),
    ({"id": "a b"}, "id"),
    ({"id": None}, "id"),
)


def test_what_cannot_be_taken_is_told_where_and_none_of_it_is(client, ledger) -> None:
    for fields, place in UNFIT:
        told = client.post("/ingest", json={"id": "i1", "channel": "team", "messages": SAID, **fields})
        assert told.status_code == 422, fields
        assert place in told.json()["error"]["message"], fields
    assert not ledger.client.exists("rookery:archive")
