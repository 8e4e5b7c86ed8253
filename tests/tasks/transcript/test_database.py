"""Opening the transcript: tables, versions, modes of the file, and words for what goes wrong."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, inspect, select, text, update

from tasks.contracts.errors import ConfigurationError, TranscriptUnavailable
from tasks.transcript import database
from tasks.transcript.database import bring_up_to_date, open_database, translated
from tasks.transcript.tables import VERSION, Base, TurnRow, Version
from tests.tasks.transcript import postgres
from workers.supervision.ports import free_port


def version(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.max(Version.number))) or 0


def test_all_tables_are_there_after_one_opening_and_the_same_after_two(url: str):
    for _ in range(2):
        engine = open_database(url)
        assert set(inspect(engine).get_table_names()) == set(Base.metadata.tables)
        assert version(engine) == VERSION
        engine.dispose()


def test_tables_of_an_earlier_version_are_led_to_this_one_and_keep_what_is_in_them(engine: Engine):
    def add_mood(connection):
        connection.execute(text("ALTER TABLE turns ADD COLUMN mood VARCHAR"))

    def cheer(connection):
        connection.execute(text("UPDATE turns SET mood = 'calm'"))

    with engine.begin() as connection:
        exchange = dict.fromkeys(Base.metadata.tables["exchanges"].columns.keys(), "")
        numbers = {"number": 1, "received_ms": 1, "answered_ms": 1, "ended_ms": 1}
        numbers |= {"prompt_tokens": 0, "completion_tokens": 0, "remember": True, "private": True}
        connection.execute(insert(Base.metadata.tables["exchanges"]).values(**{**exchange, "job": "j", **numbers}))
        turn = {"job": "j", "turn": 0, "role": "user", "author": "", "text": "hello", "at_ms": 1}
        connection.execute(insert(TurnRow).values(**turn))
    for _ in range(2):
        bring_up_to_date(engine, (add_mood, cheer), VERSION + 2)
        assert version(engine) == VERSION + 2
    with engine.connect() as connection:
        assert connection.execute(text("SELECT text, mood FROM turns")).one() == ("hello", "calm")


def test_a_step_that_fails_leaves_everything_as_it_was(engine: Engine):
    def half(connection):
        connection.execute(text("ALTER TABLE turns ADD COLUMN mood VARCHAR"))
        connection.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(TranscriptUnavailable), translated():
        bring_up_to_date(engine, (half,), VERSION + 1)
    assert version(engine) == VERSION
    assert "mood" not in {column["name"] for column in inspect(engine).get_columns("turns")}


def test_tables_of_a_newer_version_are_left_alone(url: str, engine: Engine):
    with engine.begin() as connection:
        connection.execute(update(Version).values(number=VERSION + 1))
    with pytest.raises(ConfigurationError, match=f"version {VERSION + 1}"):
        open_database(url)


def test_the_file_is_for_its_owner_alone_and_so_is_its_journal(tmp_path: Path):
    before = os.umask(0o022)
    try:
        engine = open_database(f"sqlite:///{tmp_path / 'deep' / 't.sqlite3'}")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "deep").iterdir()}
    assert modes["t.sqlite3"] == 0o600
    assert set(modes.values()) == {0o600}
    engine.dispose()


def test_a_commit_is_on_the_disk_and_readers_do_not_wait_for_writers(lite: Engine):
    with lite.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
        }
    assert pragmas == {"synchronous": 2, "journal_mode": "wal"}


def test_who_only_reads_does_not_wait_for_one_who_writes(lite: Engine):
    with lite.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        reader = open_database(str(lite.url))
        assert version(reader) == VERSION
        reader.dispose()


def test_where_nobody_keeps_a_transcript_a_reader_makes_none(tmp_path: Path):
    with pytest.raises(TranscriptUnavailable, match="no transcript yet"):
        open_database(f"sqlite:///{tmp_path / 't.sqlite3'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_and_a_folder_that_is_none_are_told(tmp_path: Path):
    (tmp_path / "t.sqlite3").write_text("a diary, by hand " * 100)
    with pytest.raises(TranscriptUnavailable, match="not a database"):
        open_database(f"sqlite:///{tmp_path / 't.sqlite3'}")
    with pytest.raises(TranscriptUnavailable, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path / 't.sqlite3' / 'below'}")


def test_a_server_that_is_away_is_told_without_the_password():
    with pytest.raises(TranscriptUnavailable) as caught:
        open_database(f"postgresql://rookery:marzipan@127.0.0.1:{free_port()}/rookery")
    assert "marzipan" not in str(caught.value)


def test_an_address_that_is_none_and_a_driver_that_is_not_here_are_told():
    with pytest.raises(ConfigurationError, match="url"):
        open_database("nonsense")
    with pytest.raises(ConfigurationError, match="driver"):
        open_database("postgresql+nosuchdriver://rookery@127.0.0.1/rookery")


@pytest.mark.parametrize(
    "url", ["postgresql://ada:marzipan@host:port/rookery", f"sqlite:////{'x' * 5000}/t.sqlite3", "sqlite:////tmp/a\0b"]
)
def test_an_address_that_leads_nowhere_is_told_in_words(url: str):
    with pytest.raises((ConfigurationError, TranscriptUnavailable)) as caught:
        open_database(url)
    assert caught.value.next_step
    assert "marzipan" not in str(caught.value)


def test_one_who_writes_waits_only_so_long_for_a_table_that_somebody_holds(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "BUSY_S", 1.0)  # whole seconds: what a connection may take is counted in them
    postgres.empty(postgres_url)
    engine = open_database(postgres_url)
    with engine.connect() as somebody:
        somebody.execute(text("LOCK TABLE exchanges"))
        with pytest.raises(TranscriptUnavailable, match="lock timeout"), translated(), engine.begin() as writer:
            writer.execute(text("SELECT count(*) FROM exchanges"))
    engine.dispose()


def test_an_error_holds_nothing_of_what_people_wrote(lite: Engine):
    row = {"number": 1, "job": "gone", "turn": 0, "role": "user", "author": "", "text": "marzipan", "at_ms": 1}
    with pytest.raises(TranscriptUnavailable) as caught, translated(), lite.begin() as connection:
        connection.execute(insert(TurnRow).values(**row))
    assert "FOREIGN KEY" in str(caught.value)
    assert "marzipan" not in f"{caught.value} {caught.value.__cause__}"


def test_sqlite_can_do_what_is_asked_of_it():
    assert sqlite3.sqlite_version_info >= (3, 30), "window functions, filtered aggregates, upserts"
