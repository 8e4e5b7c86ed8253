"""The transcript as memory reads it: row after row, with what tells who may be told of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, func, or_, select

from tasks.contracts.exchanged import Exchanged
from tasks.contracts.jobs import JobState, Outcome
from tasks.transcript.database import open_database, translated
from tasks.transcript.rows import FIRST_TURN, INGESTED, REPLY_TURN
from tasks.transcript.tables import Exchange, TurnRow


class Reader:
    """Reads one transcript; see `tasks.contracts.exchanged.Exchanges`. It is opened when it is first asked for."""

    def __init__(self, url: str, opens: Callable[[str], Engine] = open_database) -> None:
        self._url, self._opens = url, opens
        self._opened: Engine | None = None

    def after(self, number: int, at_most: int) -> Sequence[Exchanged]:
        """Return what was written down after a row, in order."""
        return self._told(_rows().where(Exchange.number > number).order_by(Exchange.number).limit(at_most))

    def before(self, said: Exchanged) -> Exchanged | None:
        """Return what was said before in the same session, if that is to be remembered."""
        earlier = (
            _rows()
            .where(Exchange.session == said.session, Exchange.number < said.number, Exchange.first != said.first)
            .where(or_(_arrived(), Exchange.state == INGESTED))
            .order_by(Exchange.number.desc())
            .limit(1)
        )
        return next((one for one in self._told(earlier) if one.remembered), None)

    def newest(self) -> int:
        """Return the number of the last row; 0 where there is none."""
        with translated(), self._engine().connect() as connection:
            return int(connection.scalar(select(func.max(Exchange.number))) or 0)

    def close(self) -> None:
        """Give the connections back."""
        if self._opened is not None:
            self._opened.dispose()

    def _engine(self) -> Engine:
        if self._opened is None:
            self._opened = self._opens(self._url)
        return self._opened

    def _told(self, asked: Select[Any]) -> list[Exchanged]:
        with translated(), self._engine().connect() as connection:
            return [_exchanged(row) for row in connection.execute(asked).all()]


def exchanges(connection: Connection, which: ColumnElement[bool]) -> list[Exchanged]:
    """Return the exchanges of which this is true, in order."""
    return [_exchanged(row) for row in connection.execute(_rows().where(which).order_by(Exchange.number)).all()]


def _arrived() -> ColumnElement[bool]:
    return and_(Exchange.outcome == Outcome.REPLY.value, Exchange.state == JobState.DELIVERED.value)


COLUMNS = ("number", "first", "tenant", "session", "user", "persona", "state", "outcome", "remember", "record")


def _rows() -> Select[Any]:
    asked, replied = TurnRow.__table__.alias("asked"), TurnRow.__table__.alias("replied")
    shown = [getattr(Exchange, name) for name in (*COLUMNS, "received_ms", "answered_ms", "ended_ms")]
    return (
        select(*shown, asked.c.text.label("question"), replied.c.text.label("reply"))
        .outerjoin(asked, and_(asked.c.job == Exchange.job, asked.c.turn == FIRST_TURN))
        .outerjoin(replied, and_(replied.c.job == Exchange.job, replied.c.turn == REPLY_TURN))
    )


def _exchanged(row: Any) -> Exchanged:
    told = json.loads(row.record)
    arrived = row.outcome == Outcome.REPLY.value and row.state == JobState.DELIVERED.value
    answered = arrived and bool(row.remember) and told.get("recall") == "1" and row.reply is not None
    brought = row.state == INGESTED
    return Exchanged(
        number=row.number,
        first=row.first,
        tenant=row.tenant,
        session=row.session,
        user=told.get("person") or row.user,
        persona=row.persona,
        channel=row.session if brought else told.get("channel", ""),
        direct=told.get("direct") == "1",
        remembered=answered or brought,
        brought=brought,
        fact=told.get("fact") == "1",
        question=row.question or "",
        reply=row.reply or "",
        asked_ms=row.received_ms,
        answered_ms=row.answered_ms,
        noted_ms=row.ended_ms if brought and told.get("fact") == "1" else 0,
    )
