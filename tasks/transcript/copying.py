"""A copy of the transcript as it is at one moment, while others write to it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from tasks.contracts.errors import ConfigurationError, TranscriptUnavailable
from tasks.transcript import reading
from tasks.transcript.database import BUSY_S, FOR_ITS_OWNER, SQLITE, address_of, opened_to_read

ALL_AT_ONCE = -1  # pages: readers of a write-ahead log hold nobody up
MOST_SESSIONS = 1_000_000
WELL = "ok"


def file_of(url: str) -> Path | None:
    """Return the file that a transcript is; None: it is on a server. Raises ConfigurationError."""
    address = address_of(url)
    return Path(address.database or "").absolute() if address.get_backend_name() == SQLITE else None


def copy(url: str, to: Path) -> bool:
    """Copy the transcript into a file that is not there yet, and look it over; False: there is no transcript.

    Raises:
        ConfigurationError: it is on a server, which has tools of its own for this.
        TranscriptUnavailable: it cannot be read, or is damaged.
        OSError: the copy cannot be written.
    """
    file = file_of(url)
    if file is None:
        raise ConfigurationError(
            "the transcript is in PostgreSQL, whose own tools copy it",
            next_step="leave it out with --without-transcript, and then copy it with `pg_dump`",
        )
    if not file.exists():
        return False
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FOR_ITS_OWNER))
    try:
        with contextlib.closing(_connected(file)) as source, contextlib.closing(_connected(to)) as target:
            source.backup(target, pages=ALL_AT_ONCE)
            [said] = target.execute("PRAGMA quick_check(1)").fetchone()
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
    except sqlite3.Error as exc:
        raise TranscriptUnavailable(
            f"the transcript {file} cannot be copied: {exc}", next_step="look at its folder, its owner and its disk"
        ) from exc
    if said != WELL:
        raise TranscriptUnavailable(
            f"the transcript {file} is damaged: {said}",
            next_step="mend it with `sqlite3 FILE .recover`, then try again",
        )
    return True


def answered(url: str) -> dict[str, int]:
    """Return when each session was last answered. Raises as `open_database` does."""
    with opened_to_read(url) as database:
        return reading.sessions(database, 0, MOST_SESSIONS)


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=BUSY_S)
