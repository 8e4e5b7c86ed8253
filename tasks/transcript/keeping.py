"""Writes down what Redis owes the transcript, gives sessions their window back, and lets Redis remember after a loss.

Insert, commit, then take away from the stream: whoever dies in between repeats it, and what is there stays as it is.
"""

from __future__ import annotations

import itertools
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError

from tasks.contracts.clock import Clock, SystemClock
from tasks.jobs import archive
from tasks.jobs.archive import ArchiveStream, Entry
from tasks.jobs.crashpoints import WRITTEN, reach
from tasks.jobs.store import Store, translated
from tasks.transcript import database, reading
from tasks.transcript.rows import ORDER, Row, Rows, rows_of, stray_of
from tasks.transcript.tables import Base

BATCH = 200
WORKS_S = 0.5  # at a time: a job may wait for its session meanwhile
MOST_REFILLS = 50  # in one go
KNOWN_DAYS = 400  # a session that was silent for longer begins anew where Redis forgot it
MOST_KNOWN = 200_000  # sessions; about a hundred bytes of Redis each
TOLD_AT_ONCE = 1_000  # to a Redis that has forgotten everything
MS, DAY_MS = 1000, 86_400_000
UNFIT = (DataError, IntegrityError, OverflowError)  # it is the entry's fault, not the database's
logger = logging.getLogger(__name__)


class Keeper:
    """Keeps the transcript of one ledger; see `tasks.contracts.abilities.TranscriptKeeper`."""

    def __init__(self, store: Store, url: str, clock: Clock | None = None) -> None:
        self._store, self._url, self._clock = store, url, clock or SystemClock()
        self._stream = ArchiveStream(store)
        self._opened: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The database, opened at its first use. Raises as `database.open_database` does."""
        if self._opened is None:
            self._opened = database.open_database(self._url)
        return self._opened

    def archive(self) -> bool:
        """Write down what is owed, for a moment; True while more is left.

        Raises:
            TranscriptUnavailable: the database takes nothing; all of it stays owed.
            StoreUnavailable: Redis did not answer.
        """
        until_s = self._clock.monotonic_s() + WORKS_S
        for read in (self._stream.unfinished, self._stream.fresh):
            while entries := read(BATCH):
                write(self.engine, entries)
                reach(WRITTEN)
                self._stream.archived(entries)
                if self._clock.monotonic_s() >= until_s:
                    return True
        self._let_redis_remember()
        return False

    def refill(self) -> int:
        """Give back their windows to sessions that wait for them; returns to how many. Raises as `archive` does."""
        self.archive()  # what was said a moment ago belongs to the window
        done = 0
        while done < MOST_REFILLS and (refill := self._store.run(archive.take_refill())) is not None:
            turns = reading.window(self.engine, reading.Scope(session=refill.session), refill.turns)
            there = self._store.run(archive.refilled(refill, turns))
            logger.info("a session was read again", extra={"job": refill.job, "turns": len(turns), "in_time": there})
            done += 1
        return done

    def close(self) -> None:
        """Give the connections back."""
        if self._opened is not None:
            self._opened.dispose()

    def _let_redis_remember(self) -> None:
        """Keep the sessions that Redis knows within bounds; tell them to one that has forgotten everything."""
        client, key = self._store.client, self._store.key
        with translated():
            since_ms = client.time()[0] * MS - KNOWN_DAYS * DAY_MS
            if not client.exists(key("archiving")):
                self._tell(since_ms)
            client.zremrangebyscore(key("sessions"), "-inf", since_ms)
            client.zremrangebyrank(key("sessions"), 0, -MOST_KNOWN - 1)

    def _tell(self, since_ms: int) -> None:
        """Tell Redis which sessions there are, and in which conversation each chat is.

        A part at a time: there may be many, and nobody else is to wait for it. Whoever is interrupted begins anew.
        """
        client, key = self._store.client, self._store.key
        epochs, known = reading.epochs(self.engine), reading.sessions(self.engine, since_ms, MOST_KNOWN)
        with translated():
            for part in _parts(epochs):
                with client.pipeline(transaction=False) as pipe:
                    for session, epoch in part.items():
                        pipe.hsetnx(key("epochs"), session, epoch)
                    pipe.execute()
            for part in _parts(known):
                client.zadd(key("sessions"), part, nx=True)
            client.set(key("archiving"), 1)
        logger.info("sessions are known", extra={"sessions": len(known), "conversations": len(epochs)})


def _parts(told: Mapping[str, int]) -> Iterator[dict[str, int]]:
    items = iter(told.items())
    while part := dict(itertools.islice(items, TOLD_AT_ONCE)):
        yield part


class Discarder:
    """Keeps nothing: what is in the stream although no transcript is wanted is thrown away."""

    def __init__(self, store: Store) -> None:
        self._stream = ArchiveStream(store)

    def archive(self) -> bool:
        """Throw away what is there."""
        for read in (self._stream.unfinished, self._stream.fresh):
            while entries := read(BATCH):
                self._stream.archived(entries)
        return False

    def refill(self) -> int:
        """Do nothing: no session waits."""
        return 0


def write(engine: Engine, entries: Sequence[Entry]) -> None:
    """Write entries down in one transaction; those that are there already stay as they are.

    One that the database does not take, for what is in it, becomes a stray: nothing is to be held up for ever by it.
    """
    with database.translated():
        _write(engine, entries)


def _write(engine: Engine, entries: Sequence[Entry]) -> None:
    try:
        _insert(engine, [rows_of(entry) for entry in entries])
    except UNFIT as exc:
        if len(entries) == 1:
            logger.warning("an entry does not fit into the transcript", extra={"error": type(exc).__name__})
            _insert(engine, [stray_of(entries[0], type(exc).__name__)])
            return
        half = len(entries) // 2
        _write(engine, entries[:half])
        _write(engine, entries[half:])


def _insert(engine: Engine, found: Sequence[Rows]) -> None:
    tables: dict[str, list[Row]] = defaultdict(list)
    for of_entry in found:
        for name, rows in of_entry.items():
            tables[name] += rows
    with engine.begin() as connection:
        database.in_order(connection)
        for name in ORDER:
            if tables[name]:
                _add(connection, Base.metadata.tables[name], tables[name])


def _add(connection: Connection, table: Table, rows: list[Row]) -> None:
    insert = postgresql.insert if connection.dialect.name == database.POSTGRESQL else sqlite.insert
    connection.execute(insert(table).on_conflict_do_nothing(), rows)
