"""What of the ledger is kept, and that it is the same afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.backup import ledger
from tasks.backup.ledger import Entry
from tasks.contracts.errors import BackupDamaged
from tasks.jobs import durable
from tasks.jobs.store import Store
from tests.tasks.jobs.flock import DUMP, Flock

REFERENCE = Path(__file__).parents[3] / "docs" / "reference.md"


@pytest.fixture
def flock(redis_url: str) -> Flock:
    return Flock(redis_url)


def everything(store: Store) -> dict[str, Any]:
    """Return all that Redis holds, lives left out."""
    found = json.loads(store.client.eval(DUMP, 0))
    return {name: (kind, sorted(value) if kind == "set" else value) for name, kind, value, _left in found}


def reopened(entries: list[Entry]) -> list[Entry]:
    """Return entries as they come back from their lines."""
    return [Entry.of(entry.line()) for entry in entries]


def test_every_key_is_kept_or_left_for_a_reason() -> None:
    table = REFERENCE.read_text(encoding="utf-8").split("\n## Keys in Redis\n")[1].split("\n## ")[0]
    named = {line.split("`")[1].partition(":")[0] for line in table.splitlines() if line.startswith("| `")}
    unknown = sorted(named - durable.LEFT - set(durable.KEPT))
    assert not unknown, f"say in tasks/jobs/durable.py whether a backup holds {unknown}"
    assert not durable.LEFT & set(durable.KEPT)
    assert not set(durable.KEPT) - named


def test_every_kind_of_value_comes_back_as_it_was(flock: Flock) -> None:
    client, key = flock.client, flock.store.key
    many = {f"name {number}": f"wörter\n{number}" for number in range(ledger.ENTRIES + 3)}
    client.hset(key("measures", "demo"), mapping=many)
    client.rpush(key("session", "web:a"), *[f"turn {number}" for number in range(7)])
    client.sadd(key("ingested", "x"), *many)
    client.zadd(key("sessions"), {name: 1_795_306_037_357.0 + at for at, name in enumerate(many)})
    client.set(key("round", "wren"), "12")
    for number in range(ledger.ENTRIES + 3):
        client.xadd(key("archive"), {"kind": "job", "told": f"{number}"}, id=f"{number + 1}-0")
    before = everything(flock.store)
    entries = reopened(list(ledger.dump(flock.store)))
    client.flushall()
    ledger.load(flock.store, entries)
    assert everything(flock.store) == before


def test_work_in_hand_is_left_and_what_outlives_it_is_taken(flock: Flock) -> None:
    flock.submit("hello")
    claim = flock.take(flock.host())
    flock.finish(claim, "hi")
    flock.submit("and you?")
    heads = {entry.key.partition(":")[0] for entry in ledger.dump(flock.store)}
    assert heads == {"session", "tally", "tallies", "measures", "deliveries"}


def test_what_ends_by_itself_ends_at_the_same_moment(flock: Flock) -> None:
    name = flock.store.key("session", "web:a")
    flock.client.rpush(name, "turn")
    flock.client.expire(name, 1000)
    [entry] = ledger.dump(flock.store)
    flock.client.flushall()
    ledger.load(flock.store, [entry, Entry("session:web:b", "list", ["turn"], until_ms=1)])
    assert 900 < flock.client.ttl(name) <= 1000
    assert flock.client.keys() == [name]


def test_another_environment_in_the_same_redis_is_neither_read_nor_wiped(flock: Flock) -> None:
    other = Store(flock.client, "rookery-test")
    for store in (flock.store, other):
        store.client.rpush(store.key("session", "web:a"), store.key.namespace)
    assert [entry.value for entry in ledger.dump(flock.store)] == [["rookery"]]
    ledger.wipe(flock.store)
    assert ledger.is_empty(flock.store)
    assert not ledger.is_empty(other)


def test_sessions_that_went_on_are_read_from_the_transcript(flock: Flock) -> None:
    windows = [Entry(f"session:{name}", "list", [name]) for name in ("ahead", "same", "alone")]
    known = Entry("sessions", "zset", [["ahead", 5.0], ["same", 5.0]])
    ahead = ledger.ahead_of(ledger.answered([*windows, known]), {"ahead": 6, "same": 5})
    ledger.load(flock.store, [*windows, known], ahead)
    assert sorted(flock.client.keys("rookery:session:*")) == ["rookery:session:alone", "rookery:session:same"]


@pytest.mark.parametrize("line", [b"", b"{}", b"[1]", b'{"key": "a", "kind": "list", "value": [], "more": 1}', b"\xff"])
def test_a_line_that_is_none_is_told_of(line: bytes) -> None:
    with pytest.raises(BackupDamaged, match="a line of the ledger"):
        Entry.of(line)
