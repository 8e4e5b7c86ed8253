"""Opens the transcript's database: SQLite in one file, or PostgreSQL; brings its tables up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from tasks.contracts.errors import ConfigurationError, RookeryError, TranscriptUnavailable
from tasks.transcript.tables import VERSION, Base, Version

FOR_ITS_OWNER = 0o600
BUSY_S = 5.0  # how long a writer waits for another one
SILENT_MS = 15_000  # a server that takes nothing for so long is away
POSTGRESQL, SQLITE = "postgresql", "sqlite"
LOCK = 7_664_253  # any number, the same for all who bring the tables up to date
WRITING = LOCK + 1
Database = Engine  # what readers are handed, without having to know SQLAlchemy
Step = Callable[[Connection], None]
#: How tables of version 1, 2, … become those of the next. New ones are made by `create_all`.
STEPS: tuple[Step, ...] = ()

# `synchronous = FULL`: an entry leaves Redis after the commit, so the commit must be on the disk by then.
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {int(BUSY_S * 1000)}")


def open_database(url: str, *, create: bool = True) -> Engine:
    """Return the database at `url` with tables as this version wants them.

    Raises:
        ConfigurationError: the address is none, its driver is not installed, or a newer Rookery made the tables.
        TranscriptUnavailable: it does not answer; with `create` false also where there is none.
    """
    address = address_of(url)
    if address.get_backend_name() == SQLITE:
        _make_file(address, create=create)
    engine = _engine(address)
    try:
        with translated():
            bring_up_to_date(engine)
    except RookeryError:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened_to_read(url: str) -> Iterator[Database]:
    """Open a transcript that is there while the block runs. Raises as `open_database` does."""
    engine = open_database(url, create=False)
    try:
        yield engine
    finally:
        engine.dispose()


def bring_up_to_date(engine: Engine, steps: Sequence[Step] = STEPS, version: int = VERSION) -> None:
    """Make the tables, or lead them from the version that they have to `version`, in one transaction."""
    with engine.connect() as connection:
        if _found(connection) == version:
            return  # without waiting for whoever writes
        connection.rollback()
        if engine.dialect.name == SQLITE:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        Version.metadata.create_all(connection, tables=[Base.metadata.tables["version"]])
        found = _found(connection)
        if found > version:
            raise ConfigurationError(
                f"the transcript has tables of version {found}, this Rookery knows those up to {version}",
                next_step="run the newer version that made them, or name another database in [transcript]",
            )
        if not found:
            Base.metadata.create_all(connection)
        for step in steps[found - 1 :] if found else ():
            step(connection)
        if found != version:
            connection.execute(delete(Version))
            connection.execute(insert(Version).values(number=version))
        connection.commit()


def in_order(connection: Connection) -> None:
    """Let nobody else write rows until this transaction ends, so that their numbers appear in order.

    Whoever reads on from a number would else miss a lower one that is committed later. SQLite has one writer anyway.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITING})


def _found(connection: Connection) -> int:
    """Return the version of the tables; 0 where there are none."""
    known = inspect(connection).has_table(Version.__tablename__)
    return (connection.scalar(select(func.max(Version.number))) or 0) if known else 0


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLAlchemy raises into an error of ours; it never holds what people wrote."""
    try:
        yield
    except SQLAlchemyError as exc:
        said = str(getattr(exc, "orig", None) or exc).strip().partition("\n")[0]
        raise TranscriptUnavailable(
            f"the transcript's database failed: {said}",
            next_step="see [transcript] in rookery.toml; nothing is lost meanwhile: Redis keeps what is not written",
        ) from exc


def address_of(url: str) -> URL:
    """Return the address that a url says. Raises ConfigurationError: it is none."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as exc:  # a ValueError: a port that is none
        raise ConfigurationError("the url of [transcript] is none", next_step="see rookery.example.toml") from exc
    return address.set(drivername="postgresql+psycopg") if address.drivername == POSTGRESQL else address


def _make_file(address: URL, *, create: bool) -> None:
    """Make the file before SQLite does: what people said is for its owner alone. Its journal gets the same mode."""
    if not address.database or address.database == ":memory:":
        return
    path = Path(address.database)
    try:
        if create:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, (os.O_CREAT if create else 0) | os.O_RDWR, FOR_ITS_OWNER))
    except (OSError, ValueError) as exc:
        if isinstance(exc, FileNotFoundError) and not create:
            raise TranscriptUnavailable(
                f"there is no transcript yet: {path}",
                next_step="`rookery up` keeps one, unless [transcript] says otherwise",
            ) from exc
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise TranscriptUnavailable(
            f"the transcript {path} cannot be opened: {why}", next_step="look at its folder and its owner"
        ) from exc


def _engine(address: URL) -> Engine:
    how: dict[str, Any] = {"hide_parameters": True}  # no error or log line holds what people wrote
    if address.get_backend_name() == POSTGRESQL:
        how["connect_args"] = _bounded(address)
        how["pool_pre_ping"] = True
    try:
        engine = create_engine(address, **how)
    except (NoSuchModuleError, ModuleNotFoundError) as exc:
        raise ConfigurationError(
            f"the transcript's database wants a driver that is not here: {exc}",
            next_step="PostgreSQL: `pip install 'rookery[postgresql]'`; else SQLite needs nothing",
        ) from exc
    if engine.dialect.name == SQLITE:
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _bounded(address: URL) -> dict[str, Any]:
    """Return how long PostgreSQL may keep us waiting: whoever archives has other things to do as well."""
    bounds: dict[str, Any] = {"connect_timeout": int(BUSY_S), "tcp_user_timeout": SILENT_MS}
    if "options" not in address.query:
        bounds["options"] = f"-c lock_timeout={int(BUSY_S * 1000)}"
    return bounds


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
