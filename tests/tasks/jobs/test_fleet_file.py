"""The fleet file in the ledger: published with a version, read by who follows, and the machines that were invited."""

from __future__ import annotations

import time

import pytest

from tasks.jobs import fleet_file
from tasks.jobs.fleet_file import Published
from tasks.jobs.store import Store

OWNER = "tower, /srv/rookery"


@pytest.fixture
def store(redis_url: str) -> Store:
    return Store.open(redis_url)


def test_nobody_reads_what_nobody_published(store: Store) -> None:
    assert store.run(fleet_file.read()) is None


def test_another_text_is_another_version_and_the_same_is_not(store: Store) -> None:
    versions = [
        store.run(fleet_file.publish(text, fleet_file.digest_of(text), OWNER, "", "seals"))
        for text in ("a", "a", "b", "a")
    ]
    assert versions == [1, 1, 2, 3]


def test_a_text_that_is_there_need_not_be_sent_again_and_one_that_is_not_is_asked_for(store: Store) -> None:
    mark = fleet_file.digest_of("a")
    assert store.run(fleet_file.publish("", mark, OWNER, "")) == 0
    store.run(fleet_file.publish("a", mark, OWNER, "", "old seals"))
    assert store.run(fleet_file.publish("", mark, OWNER, "", "seals")) == 1
    assert store.run(fleet_file.read()).seals == "seals"
    store.client.hset("rookery:fleet", "text", "forged")
    assert store.run(fleet_file.publish("", mark, OWNER, "")) == 0, "what is there is not the owner's"


def test_whatever_is_written_there_can_be_read(store: Store) -> None:
    store.client.hset("rookery:fleet", "version", "many")
    assert store.run(fleet_file.read()) is None
    store.client.hset("rookery:fleet", "version", "7")
    read = store.run(fleet_file.read())
    assert read is not None
    assert (read.version, read.digest, read.text, read.seals) == (7, "", "", "")


def test_the_text_goes_to_whom_it_is_news(store: Store) -> None:
    store.run(fleet_file.publish("text", "mark", OWNER, "line 3: wrong"))
    read = store.run(fleet_file.read())
    assert read == Published(1, "mark", "text", OWNER, "line 3: wrong", read.silent_ms if read else 0)
    assert store.run(fleet_file.read("mark")).text == ""
    assert store.run(fleet_file.read("other")).text == "text"


def test_those_who_follow_hear_of_a_change(store: Store) -> None:
    ear = store.client.pubsub(ignore_subscribe_messages=True)
    ear.subscribe(store.key("fleet"))
    ear.get_message(timeout=5)
    store.run(fleet_file.publish("text", "mark", OWNER, ""))
    assert ear.get_message(timeout=5)["data"] == "1"
    ear.close()


def test_a_machine_is_invited_asks_and_joins_once(store: Store) -> None:
    assert not store.run(fleet_file.ask("studio", "d", "p")), "it was not invited"
    store.run(fleet_file.invite("studio", 60_000))
    assert store.run(fleet_file.ask("studio", "digest", "proof"))
    (machine,) = store.run(fleet_file.machines())
    assert (machine.name, machine.asks, machine.joined_ms, machine.lapsed) == ("studio", "digest", 0, False)
    assert not store.run(fleet_file.note_joined("studio", "another")), "that is not what it asked for"
    assert store.run(fleet_file.note_joined("studio", "digest"))
    (machine,) = store.run(fleet_file.machines())
    assert (machine.asks, machine.until_ms, machine.joined_ms > 0, machine.lapsed) == ("", 0, True, False)
    assert not store.run(fleet_file.ask("studio", "other", "p")), "nobody takes the place of one that has joined"
    store.run(fleet_file.invite("studio", 60_000))
    assert store.run(fleet_file.ask("studio", "anew", "p")), "but it may be invited anew"
    assert store.run(fleet_file.note_gone("studio"))
    assert not store.run(fleet_file.note_gone("studio"))
    assert store.run(fleet_file.machines()) == ()


def test_an_invitation_that_is_not_used_lapses_by_the_clock_of_redis(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    store.run(fleet_file.invite("late", -1))
    store.run(fleet_file.invite("early", 60_000))
    assert {each.name: each.lapsed for each in store.run(fleet_file.machines())} == {"late": True, "early": False}


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("", "fleet file: version 4 of tower, /srv/rookery"),
        ("rookery.toml: line 3", "the fleet file at tower, /srv/rookery cannot be, so version 4 stays in force"),
    ],
)
def test_the_status_says_which_file_is_in_force(problem: str, told: str) -> None:
    published = Published(4, "mark", "", OWNER, problem, 0)
    text = fleet_file.told(published)
    assert text.startswith(told)
    assert problem in text
