"""A transcript of each kind of database, and a ledger whose jobs are archived."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tasks.transcript.database import open_database
from tests.tasks.jobs.flock import Flock
from tests.tasks.transcript import postgres
from tests.tasks.transcript.ledger import Ledger


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Of a real PostgreSQL: the one that ROOKERY_TEST_POSTGRES_URL names, else one of our own."""
    if url := os.environ.get("ROOKERY_TEST_POSTGRES_URL"):
        yield url
        return
    folder = postgres.programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL here: install one, or name one in ROOKERY_TEST_POSTGRES_URL")
    with postgres.running(folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'transcript.sqlite3'}"
    found: str = request.getfixturevalue("postgres_url")
    postgres.empty(found)
    return found


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An open transcript with nothing in it."""
    opened = open_database(url)
    yield opened
    opened.dispose()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Engine]:
    """The same, in SQLite alone: where the database makes no difference."""
    opened = open_database(f"sqlite:///{tmp_path / 'lite.sqlite3'}")
    yield opened
    opened.dispose()


@pytest.fixture
def ledger(redis_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger whose jobs are archived, and whoever archives them."""
    made = Ledger(Flock(redis_url), f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    yield made
    made.close()
