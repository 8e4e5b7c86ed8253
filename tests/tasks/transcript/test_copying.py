"""A copy of the transcript while others write to it."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError, TranscriptUnavailable
from tasks.transcript import copying
from tasks.transcript.database import open_database
from tests.tasks.jobs.flock import Flock
from tests.tasks.transcript.ledger import Ledger


@pytest.fixture
def ledger(redis_url: str, tmp_path: Path):
    """A ledger whose transcript is a file."""
    made = Ledger(Flock(redis_url), f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    yield made
    made.close()


def test_a_copy_has_what_was_committed_and_nothing_that_was_not(ledger: Ledger, tmp_path: Path):
    ledger.say("what is a rook?", session="one")
    ledger.archive()
    with ledger.keeper.engine.begin() as at_work:
        at_work.exec_driver_sql("UPDATE exchanges SET session = 'two'")
        assert copying.copy(ledger.url, tmp_path / "copy.sqlite3")
        at_work.rollback()
    assert list(copying.answered(f"sqlite:///{tmp_path / 'copy.sqlite3'}")) == ["one"]
    assert stat.S_IMODE((tmp_path / "copy.sqlite3").stat().st_mode) == 0o600


def test_a_copy_is_one_file(ledger: Ledger, tmp_path: Path):
    ledger.say("what is a rook?")
    ledger.archive()
    (tmp_path / "to").mkdir()
    copying.copy(ledger.url, tmp_path / "to" / "copy.sqlite3")
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["copy.sqlite3"]


def test_where_there_is_no_transcript_there_is_no_copy(tmp_path: Path):
    assert not copying.copy(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path / "copy.sqlite3")
    assert not list(tmp_path.iterdir())


def test_a_server_is_for_its_own_tools(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="PostgreSQL") as told:
        copying.copy("postgresql://rookery@127.0.0.1/rookery", tmp_path / "copy.sqlite3")
    assert "pg_dump" in told.value.next_step


def test_a_damaged_transcript_is_told_of_and_not_copied_in_silence(tmp_path: Path):
    path = tmp_path / "kept.sqlite3"
    open_database(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE many (word TEXT)")
        plain.executemany("INSERT INTO many VALUES (?)", [("word" * 200,)] * 200)
        plain.execute("CREATE INDEX by_word ON many (word)")
    plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(TranscriptUnavailable, match=r"damaged|cannot be copied"):
        copying.copy(f"sqlite:///{path}", tmp_path / "copy.sqlite3")
