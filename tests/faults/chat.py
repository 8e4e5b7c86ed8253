"""A chat platform in one SQLite file: what people said, what was posted. It outlives every process.

Like the real ones it hands out what a bot has not taken note of again, and posts a nonce only once.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.contracts.messages import job_id
from tests.faults.settings import PATIENT_S

PATIENCE_S = 30.0  # for another process that writes
SCHEMA = """
CREATE TABLE IF NOT EXISTS said
    (message INTEGER PRIMARY KEY, session TEXT, user TEXT, text TEXT, deadline_s REAL, seen INTEGER, hosted INTEGER,
     at_ms INTEGER);
CREATE TABLE IF NOT EXISTS lags (at_ms INTEGER, lag_ms INTEGER);
CREATE TABLE IF NOT EXISTS posts
    (id INTEGER PRIMARY KEY, nonce TEXT UNIQUE, job TEXT, kind TEXT, text TEXT, at_ms INTEGER);
"""


@dataclass(frozen=True)
class Said:
    """One message of a person."""

    message: int
    session: str
    user: str
    text: str
    deadline_s: float


@dataclass(frozen=True)
class Post:
    """One message of the bot."""

    job: str
    kind: str
    text: str
    at_ms: int


class Chat:
    """The platform, opened by whoever takes part."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with self._writing() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(SCHEMA)

    def job(self, message: int) -> str:
        """Return the id of the job that a message becomes."""
        return job_id("chat", "bot", self.file.parent.name, str(message))

    def say(self, text: str, *, session: str = "", user: str = "", deadline_s: float = PATIENT_S) -> int:
        """A person says something; each is somebody else, somewhere else, unless the test tells."""
        with self._writing() as database:
            row = (text, deadline_s, now_ms())
            said = database.execute("INSERT INTO said (text, deadline_s, seen, at_ms) VALUES (?, ?, 0, ?)", row)
            names = (session or f"s{said.lastrowid}", user or f"u{said.lastrowid}", said.lastrowid)
            database.execute("UPDATE said SET session = ?, user = ? WHERE message = ?", names)
            return int(said.lastrowid or 0)

    def unseen(self) -> list[Said]:
        """Return what the bot has not taken note of."""
        rows = self._read("SELECT message, session, user, text, deadline_s FROM said WHERE seen = 0 ORDER BY message")
        return [Said(*row) for row in rows]

    def note_seen(self, message: int, *, hosted: bool | None) -> None:
        """The bot has it, or has refused it (None): it is not handed out again."""
        with self._writing() as database:
            database.execute("UPDATE said SET seen = 1, hosted = ? WHERE message = ?", (hosted, message))

    def post(self, nonce: str, job: str, kind: str, text: str) -> str:
        """The bot posts; a nonce that was posted before changes nothing, and has the same id."""
        with self._writing() as database:
            row = (nonce, job, kind, text, now_ms())
            database.execute("INSERT OR IGNORE INTO posts (nonce, job, kind, text, at_ms) VALUES (?, ?, ?, ?, ?)", row)
            return str(database.execute("SELECT id FROM posts WHERE nonce = ?", (nonce,)).fetchone()[0])

    def posts(self) -> list[Post]:
        """Return everything that was posted, in order."""
        return [Post(*row) for row in self._read("SELECT job, kind, text, at_ms FROM posts ORDER BY id")]

    def posts_of(self, jobs: Iterable[str]) -> list[Post]:
        """Return what was posted for these jobs."""
        wanted = set(jobs)
        return [post for post in self.posts() if post.job in wanted]

    def messages(self) -> dict[int, bool | None]:
        """Return every message that was said, and whether a host was up when it was accepted."""
        rows = self._read("SELECT message, hosted FROM said")
        return {message: None if hosted is None else bool(hosted) for message, hosted in rows}

    def texts(self) -> dict[int, str]:
        """Return every message that was said, in its words."""
        return dict(self._read("SELECT message, text FROM said"))

    def refusals_ms(self, kind: str) -> list[int]:
        """Return how long each person waited whose message was answered by a post of this kind."""
        posted = {post.job: post.at_ms for post in self.posts() if post.kind == kind}
        said = {self.job(message): at_ms for message, at_ms in self._read("SELECT message, at_ms FROM said")}
        return sorted(at_ms - said[job] for job, at_ms in posted.items())

    def said_since(self, at_ms: int) -> list[int]:
        """Return the messages that were said at this time or later."""
        return [row[0] for row in self._read(f"SELECT message FROM said WHERE at_ms >= {int(at_ms)} ORDER BY message")]

    def note_lag(self, lag_ms: int) -> None:
        """The bot was kept from everything for so long."""
        with self._writing() as database:
            database.execute("INSERT INTO lags (at_ms, lag_ms) VALUES (?, ?)", (now_ms(), lag_ms))

    def longest_lag_ms(self, since_ms: int) -> int:
        """Return for how long the bot was kept from everything at most."""
        return max((lag for at_ms, lag in self._read("SELECT at_ms, lag_ms FROM lags") if at_ms >= since_ms), default=0)

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file, timeout=PATIENCE_S)) as database:
            return database.execute(query).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=PATIENCE_S)) as database, database:
            database.execute("PRAGMA synchronous = OFF")  # it must outlive processes, not the machine
            yield database


def now_ms() -> int:
    """Return the time by which this chat goes."""
    return int(time.time() * 1000)
