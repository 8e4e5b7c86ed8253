"""The durable half of the ledger as lines of JSON, and back into a Redis that has none of it.

Values by their types, not as Redis dumps them: those no older Redis takes, and the one that `rookery up` brings is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tasks.contracts.errors import BackupDamaged
from tasks.jobs import durable
from tasks.jobs.store import Store, translated

MS = 1000
AT_ONCE = 100  # keys, so that nobody else waits for long
ENTRIES = 500  # of a stream, or of one key
SCANNED = 1000
HASH, LIST, SET, SORTED, STRING, STREAM = "hash", "list", "set", "zset", "string", "stream"


@dataclass(frozen=True)
class Entry:
    """One key, or some entries of a stream."""

    key: str
    """Its name without the namespace."""
    kind: str
    value: Any
    until_ms: int = 0
    """When it ends; 0: never."""

    def line(self) -> bytes:
        """Return it as a line."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes | str) -> Entry:
        """Return what a line says. Raises BackupDamaged."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError) as exc:
            raise BackupDamaged("a line of the ledger cannot be read", next_step="take another backup") from exc


def dump(store: Store) -> Iterator[Entry]:
    """Yield what is to be kept, while the flock goes on.

    What belongs together is read at one moment, first of all: whatever comes after it in the transcript or among the
    memories is newer, never older. What leaves `archive` meanwhile has been written into the transcript.
    """
    names = {name for name in _names(store) if durable.kept(name)}
    yield from _values(store, sorted(name for name in names if not durable.apart(name)))
    alone = sorted(name for name in names if durable.apart(name) and name != durable.ARCHIVE)
    for at in range(0, len(alone), AT_ONCE):
        yield from _values(store, alone[at : at + AT_ONCE])
    yield from _archive(store)


def is_empty(store: Store) -> bool:
    """Return whether the ledger has nothing at all."""
    return next(_names(store), None) is None


def load(store: Store, entries: Iterable[Entry], ahead: frozenset[str] = frozenset()) -> int:
    """Write entries into a ledger that has none of them; returns how many.

    `ahead` are the sessions of which the transcript has more: their windows are read from there when they are needed.
    """
    count, now_ms = 0, store.now_ms()
    batch: list[Entry] = []
    for entry in entries:
        if (entry.until_ms and entry.until_ms <= now_ms) or _session(entry) in ahead:
            continue
        batch.append(entry)
        count += 1
        if len(batch) == AT_ONCE:
            _write(store, batch)
            batch = []
    _write(store, batch)
    return count


def wipe(store: Store) -> None:
    """Take everything away that the ledger has."""
    names = list(_names(store))
    with translated():
        for at in range(0, len(names), ENTRIES):
            store.client.unlink(*map(store.key, names[at : at + ENTRIES]))


def answered(entries: Iterable[Entry]) -> dict[str, int]:
    """Return when each session was last answered, as the ledger knew it."""
    for entry in entries:
        if entry.key == durable.SESSIONS:
            return {session: int(at_ms) for session, at_ms in entry.value}
    return {}


def ahead_of(ledger: Mapping[str, int], transcript: Mapping[str, int]) -> frozenset[str]:
    """Return the sessions that went on between the reading of the ledger and that of the transcript.

    >>> sorted(ahead_of({"a": 5, "b": 5}, {"a": 5, "b": 6, "c": 1}))
    ['b', 'c']
    """
    return frozenset(session for session, at_ms in transcript.items() if at_ms > ledger.get(session, -1))


def _names(store: Store) -> Iterator[str]:
    start = f"{store.key.namespace}:"
    with translated():
        for key in store.client.scan_iter(match=f"{start}*", count=SCANNED):
            yield key.removeprefix(start)


def _values(store: Store, names: Sequence[str]) -> Iterator[Entry]:
    """Yield these keys as they are at one moment; what is gone by then is left out."""
    if not names:
        return
    with translated():
        with store.client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.type(store.key(name))
            kinds = pipe.execute()
        with store.client.pipeline(transaction=True) as pipe:
            pipe.time()
            for name, kind in zip(names, kinds, strict=True):
                _read(pipe, store.key(name), kind)
                pipe.pttl(store.key(name))
            (seconds, micros), *answers = pipe.execute()
    now_ms = seconds * MS + micros // MS
    for name, kind, value, left_ms in zip(names, kinds, answers[::2], answers[1::2], strict=True):
        if value:
            yield Entry(name, kind, _plain(kind, value), now_ms + left_ms if left_ms > 0 else 0)


def _read(pipe: Any, key: str, kind: str) -> None:
    match kind:
        case "hash":
            pipe.hgetall(key)
        case "list":
            pipe.lrange(key, 0, -1)
        case "set":
            pipe.smembers(key)
        case "zset":
            pipe.zrange(key, 0, -1, withscores=True)
        case "string":
            pipe.get(key)
        case _:  # it is gone
            pipe.exists(key)


def _plain(kind: str, value: Any) -> Any:
    match kind:
        case "set":
            return sorted(value)
        case "zset":
            return [[member, score] for member, score in value]
        case _:
            return value


def _archive(store: Store) -> Iterator[Entry]:
    after = "-"
    while True:
        with translated():
            found = store.client.xrange(store.key(durable.ARCHIVE), after, "+", count=ENTRIES)
        # An entry that was taken away while it was read has no fields.
        if entries := [[entry, fields] for entry, fields in found if fields]:
            yield Entry(durable.ARCHIVE, STREAM, entries)
        if len(found) < ENTRIES:
            return
        after = f"({found[-1][0]}"


def _write(store: Store, entries: Sequence[Entry]) -> None:
    with translated(), store.client.pipeline(transaction=False) as pipe:
        for entry in entries:
            key = store.key(entry.key)
            if entry.kind != STREAM:
                pipe.delete(key)
            for at in range(0, len(entry.value), ENTRIES):
                _put(pipe, key, entry.kind, entry.value, at)
            if entry.until_ms:
                pipe.pexpireat(key, entry.until_ms)
        pipe.execute()


def _put(pipe: Any, key: str, kind: str, value: Any, at: int) -> None:
    """Write the part of a value that begins at `at`."""
    match kind:
        case "hash":
            pipe.hset(key, mapping=dict(list(value.items())[at : at + ENTRIES]))
        case "list":
            pipe.rpush(key, *value[at : at + ENTRIES])
        case "set":
            pipe.sadd(key, *value[at : at + ENTRIES])
        case "zset":
            pipe.zadd(key, dict(value[at : at + ENTRIES]))
        case "string" if at == 0:
            pipe.set(key, value)
        case "stream":
            for entry, fields in value:
                pipe.xadd(key, fields, id=entry)
        case _:
            pass


def _session(entry: Entry) -> str:
    head, _, session = entry.key.partition(":")
    return session if head == durable.SESSION else ""
