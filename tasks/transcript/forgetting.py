"""What was said leaves the transcript again: the words go, the row stays as a number that nothing is told of.

A row keeps its number, because whoever reads the transcript goes by the numbers; a later row never gets it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, func, or_, select, text, update

from tasks.contracts.erasing import Trace
from tasks.contracts.exchanged import Exchanged
from tasks.contracts.jobs import JobState
from tasks.contracts.learning import correction_ids
from tasks.jobs.feedback import Opinion
from tasks.transcript.database import POSTGRESQL, SQLITE, translated
from tasks.transcript.remembered import Reader, exchanges
from tasks.transcript.tables import Attachment, Exchange, Feedback, Message, Stray, TurnRow

AT_ONCE = 400  # ids in one statement: databases take only so many
NOBODY = {
    **dict.fromkeys(("tenant", "session", "user", "chat", "outcome", "cause", "flags", "marks"), ""),
    "state": JobState.WITHDRAWN.value,
    "remember": False,
    "record": json.dumps({"state": JobState.WITHDRAWN.value}),
}
"""What an exchange becomes whose person wanted everything forgotten."""
HELD_WORDS = (TurnRow, Feedback, Attachment, Stray, Exchange)


class Eraser(Reader):
    """Reads one transcript, and erases in it; see `tasks.contracts.erasing.Transcript`."""

    def of_person(self, person: str) -> Sequence[Exchanged]:
        """Return all that was said by a person or to them, in order."""
        with translated(), self._engine().connect() as connection:
            found = exchanges(connection, _maybe_of(person))
        return [one for one in found if one.user == person]

    def traces(self, firsts: Collection[str]) -> Sequence[Trace]:
        """Return every exchange that came of these messages."""
        with translated(), self._engine().connect() as connection:
            return [
                Trace(row.job, row.first, row.session)
                for part in _parts(firsts)
                for row in connection.execute(
                    select(Exchange.job, Exchange.first, Exchange.session).where(Exchange.first.in_(part))
                )
            ]

    def corrected(self, person: str, until_ms: int) -> Collection[str]:
        """Return the ids under which it may be learned what a person had said until then that answers should have been.

        Those who asked may be others, of whom nothing is to be forgotten.
        """
        same = (Message.bot == Feedback.bot, Message.chat == Feedback.chat, Message.message == Feedback.message)
        asked = (
            select(Exchange.persona, Exchange.job, Feedback.text)
            .select_from(Feedback)
            .outerjoin(Message, and_(Feedback.job == "", *same))
            .join(Exchange, Exchange.job == func.coalesce(Message.job, Feedback.job))
            .where(Feedback.user == person, Feedback.opinion == Opinion.CORRECTED.value, Feedback.at_ms <= until_ms)
        )
        with translated(), self._engine().connect() as connection:
            found = connection.execute(asked).all()
        return {id_ for persona, job, text in found for id_ in correction_ids(persona, job, person, text)}

    def erase(self, turns: Collection[tuple[str, int]]) -> int:
        """Erase turns, by the first job of the message and the number of the turn; returns how many had words."""
        went = 0
        with translated(), self._writing() as connection:
            for number in {turn for _, turn in turns}:
                for part in _parts({first for first, turn in turns if turn == number}):
                    jobs = select(Exchange.job).where(Exchange.first.in_(part)).scalar_subquery()
                    said = (TurnRow.job.in_(jobs), TurnRow.turn == number, TurnRow.text != "")
                    went += connection.execute(update(TurnRow).where(*said).values(text="")).rowcount
                    connection.execute(
                        update(Feedback).where(_about(Message.job.in_(jobs), Feedback.job.in_(jobs))).values(text="")
                    )
        return went

    def erase_person(self, person: str, until_ms: int) -> int:
        """Erase what of a person and who answered them had come until then, and who it was; returns how many turns."""
        said = [one for one in self.of_person(person) if one.came_ms <= until_ms]
        went = 0
        with translated(), self._writing() as connection:
            for part in _parts({one.first for one in said}):
                rows = select(Exchange.job, Exchange.record, Exchange.user).where(Exchange.first.in_(part))
                jobs = [row.job for row in connection.execute(rows) if _is_of(person, row.user, row.record)]
                for some in _parts(jobs):
                    connection.execute(delete(Feedback).where(_about(Message.job.in_(some), Feedback.job.in_(some))))
                    went += connection.execute(delete(TurnRow).where(TurnRow.job.in_(some))).rowcount
                    for table in (Message, Attachment):
                        connection.execute(delete(table).where(table.job.in_(some)))
                    connection.execute(update(Exchange).where(Exchange.job.in_(some)).values(**NOBODY))
            connection.execute(delete(Feedback).where(Feedback.user == person, Feedback.at_ms <= until_ms))
            connection.execute(delete(Stray).where(Stray.fields.contains(person, autoescape=True)))
        return went

    def scour(self) -> bool:
        """Leave nothing of what was erased on the disk; False where others are in the way now, so to be asked again."""
        engine = self._engine()
        with translated(), engine.connect() as connection:
            if engine.dialect.name == POSTGRESQL:
                alone = connection.execution_options(isolation_level="AUTOCOMMIT")
                for table in HELD_WORDS:
                    alone.execute(text(f"VACUUM {table.__tablename__}"))
                return True
            busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not busy

    def _writing(self) -> _Writing:
        return _Writing(self._engine())


class _Writing:
    """A transaction that leaves nothing in the place of what it takes away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        self._connection = self._engine.connect()
        if self._engine.dialect.name == SQLITE:
            self._connection.exec_driver_sql("PRAGMA secure_delete = ON")
            self._connection.commit()
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._connection.rollback() if kind else self._connection.commit()
        finally:
            self._connection.close()


def _about(posted: ColumnElement[bool], known: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether an opinion is about one of some jobs: of which it is known, or was posted as its message."""
    same = (Message.bot == Feedback.bot, Message.chat == Feedback.chat, Message.message == Feedback.message)
    return or_(known, and_(Feedback.job == "", exists().where(posted, *same)))


def _maybe_of(person: str) -> ColumnElement[bool]:
    """Return what is true of all exchanges of a person, and of few others: a record is JSON in a text."""
    return or_(Exchange.user == person, Exchange.record.contains(json.dumps(person), autoescape=True))


def _is_of(person: str, user: str, record: str) -> bool:
    return bool((json.loads(record).get("person") or user) == person)


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    found = list(names)
    for at in range(0, len(found), AT_ONCE):
        yield found[at : at + AT_ONCE]
