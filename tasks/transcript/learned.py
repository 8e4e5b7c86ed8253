"""The transcript as training reads it: what was said, by whom and where, and what people thought of the answers.

A page at a time, so that a transcript of any length fits into memory. What was forgotten is told to nobody here: words
that were erased are gone, and a session's that was forgotten are left out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, distinct, func, or_, select

from tasks.contracts.jobs import JobState, Outcome
from tasks.jobs.feedback import Opinion
from tasks.jobs.sessions import chat_of
from tasks.transcript.database import translated
from tasks.transcript.rows import FIRST_TURN, INGESTED, REPLY_TURN
from tasks.transcript.tables import Break, Exchange, Feedback, Message, TurnRow

PAGE = 500  # rows
AT_ONCE = 400  # ids in one statement: databases take only so many
GOOD = (Opinion.UP.value, Opinion.KEPT.value, Opinion.CORRECTED.value)


@dataclass(frozen=True, slots=True)
class Told:
    """One exchange: a person's words, and the answer where there was one. Words that were erased are empty."""

    number: int
    """Its row; they only grow."""
    job: str
    first: str
    """The first job of the same message, however often it was answered."""
    tenant: str
    session: str
    place: str
    """Where it was said, whichever persona was asked; of what was said to one alone, its session."""
    channel: str
    persona: str
    user: str
    """Whom its opinions call the person who asked."""
    person: str
    """That person, as consents know them."""
    direct: bool
    brought: bool
    """It was said elsewhere, and nobody was asked."""
    role: str
    question: str
    reply: str
    asked_ms: int
    answered_ms: int
    came_ms: int
    """When it came here, however long before that it was said."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What somebody thinks of an answer: their last word of this kind before the moment that was asked for."""

    job: str
    user: str
    opinion: str
    text: str
    at_ms: int


def messages(engine: Engine, persona: str, since_ms: int, until_ms: int) -> list[str]:
    """Return the messages of whose answers something good was said between these moments, or that were answered anew.

    By their first jobs, and ids alone: there may be many.
    """
    about = func.coalesce(Message.job, Feedback.job)
    judged = (
        select(Exchange.first)
        .select_from(Feedback)
        .outerjoin(Message, by_message())
        .join(Exchange, Exchange.job == about)
        .where(Exchange.persona == persona, Feedback.opinion.in_(GOOD), *_between(Feedback.at_ms, since_ms, until_ms))
    )
    anew = select(Exchange.first).where(
        Exchange.persona == persona, Exchange.first != Exchange.job, *_between(Exchange.answered_ms, since_ms, until_ms)
    )
    with translated(), engine.connect() as connection:
        return sorted(connection.scalars(judged.union(anew)))


def answers(engine: Engine, firsts: Collection[str], until_ms: int) -> list[Told]:
    """Return all exchanges that came of these messages until then, in the order in which they were answered."""
    found: list[Told] = []
    for part in _parts(firsts):
        asked = _rows().where(Exchange.first.in_(part), Exchange.answered_ms <= until_ms)
        found += _told(engine, asked)
    return sorted(found, key=lambda one: (one.answered_ms, one.number))


def opinions(engine: Engine, jobs: Collection[str], until_ms: int) -> list[Judged]:
    """Return what people thought of these answers until then: of each person the last word of a kind, if it stands."""
    about = func.coalesce(Message.job, Feedback.job).label("about")
    last: dict[tuple[str, str, str], Any] = {}
    with translated(), engine.connect() as connection:
        for part in _parts(jobs):
            asked = (
                select(about, Feedback.user, Feedback.opinion, Feedback.text, Feedback.undone, Feedback.at_ms)
                .outerjoin(Message, by_message())
                .where(about.in_(part), Feedback.at_ms <= until_ms)
                .order_by(Feedback.at_ms, Feedback.entry)
            )
            last |= {(row.about, row.user, row.opinion): row for row in connection.execute(asked)}
    return [Judged(job, user, kind, row.text, row.at_ms) for (job, user, kind), row in last.items() if not row.undone]


def before(engine: Engine, one: Told, at_most: int) -> list[Told]:
    """Return what was said before in the same session, the oldest first; of what was answered anew, the last answer."""
    asked = (
        _rows()
        .where(Exchange.session == one.session, Exchange.number < one.number, Exchange.first != one.first)
        .where(Exchange.answered_ms <= one.answered_ms)
        .order_by(Exchange.answered_ms.desc(), Exchange.number.desc())  # as the index has them
        .limit(2 * at_most)
    )
    latest: dict[str, Told] = {}
    for row in _told(engine, asked):
        latest.setdefault(row.first, row)
    return list(latest.values())[:at_most][::-1]


def lines(engine: Engine, since_ms: int, until_ms: int) -> Iterator[Told]:
    """Yield all that came between these moments, as it was written down."""
    after = 0
    when = _between(Exchange.ended_ms, since_ms, until_ms)
    while found := _told(engine, _rows().where(*when, Exchange.number > after).order_by(Exchange.number).limit(PAGE)):
        yield from found
        after = found[-1].number


def count(engine: Engine, persona: str, since_ms: int, until_ms: int) -> int:
    """Return how many messages a persona answered between these moments."""
    asked = select(func.count(distinct(Exchange.first))).where(
        Exchange.persona == persona,
        _belongs(),
        Exchange.state != INGESTED,
        *_between(Exchange.answered_ms, since_ms, until_ms),
    )
    with translated(), engine.connect() as connection:
        return int(connection.scalar(asked) or 0)


def was_answered(engine: Engine, since_ms: int) -> bool:
    """Return whether anybody was answered after this moment."""
    asked = select(Exchange.job).where(Exchange.answered_ms > since_ms, Exchange.state != INGESTED).limit(1)
    with translated(), engine.connect() as connection:
        return connection.scalar(asked) is not None


def _between(moment: Any, since_ms: int, until_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (moment > since_ms, moment <= until_ms)


def by_message() -> ColumnElement[bool]:
    """Return how what people thought of a message is joined with the message, where they named no job."""
    return and_(
        Feedback.job == "",
        Message.bot == Feedback.bot,
        Message.chat == Feedback.chat,
        Message.message == Feedback.message,
    )


def _belongs() -> ColumnElement[bool]:
    """Return whether an exchange is part of its session: who asked has the answer, or it was said elsewhere."""
    answered = and_(Exchange.outcome == Outcome.REPLY.value, Exchange.state == JobState.DELIVERED.value)
    return and_(Exchange.remember, or_(answered, Exchange.state == INGESTED))


COLUMNS = (
    *("number", "job", "first", "tenant", "session", "user", "persona", "platform", "state", "record"),
    *("received_ms", "answered_ms", "ended_ms"),
)


def _rows() -> Select[Any]:
    asked, replied = TurnRow.__table__.alias("asked"), TurnRow.__table__.alias("replied")
    shown = [getattr(Exchange, name) for name in COLUMNS]
    forgotten_ms = (
        select(func.max(Break.at_ms)).where(Break.session == Exchange.session, Break.kind == "forget").scalar_subquery()
    )
    return (
        select(*shown, asked.c.text.label("question"), asked.c.role, replied.c.text.label("reply"))
        .join(asked, and_(asked.c.job == Exchange.job, asked.c.turn == FIRST_TURN))
        .outerjoin(replied, and_(replied.c.job == Exchange.job, replied.c.turn == REPLY_TURN))
        .where(_belongs(), Exchange.answered_ms > func.coalesce(forgotten_ms, -1))
    )


def _told(engine: Engine, asked: Select[Any]) -> list[Told]:
    with translated(), engine.connect() as connection:
        rows = connection.execute(asked).all()
    return [told for row in rows if (told := _one(row)) is not None]


def _one(row: Any) -> Told | None:
    """Return an exchange; None: it is a note that somebody had kept, and was never said."""
    record = json.loads(row.record)
    direct, brought = record.get("direct") == "1", row.state == INGESTED
    if record.get("fact") == "1":
        return None
    return Told(
        number=row.number,
        job=row.job,
        first=row.first,
        tenant=row.tenant,
        session=row.session,
        place=row.session if direct or brought else place_of(row.session),
        channel=row.session if brought else record.get("channel", ""),
        persona=row.persona,
        user=row.user,
        person=record.get("person") or row.user,
        direct=direct,
        brought=brought,
        role=row.role,
        question=row.question,
        reply=row.reply or "",
        asked_ms=row.received_ms,
        answered_ms=row.answered_ms,
        came_ms=row.ended_ms,
    )


def place_of(session: str) -> str:
    """Return where a session is, whoever is asked there and whichever conversation it is.

    >>> place_of("discord:rook:42~1700000000") == place_of("discord:wren:42")
    True
    """
    platform, _, rest = chat_of(session).partition(":")
    return f"{platform}:{rest.partition(':')[2] or rest}"


def _parts(names: Collection[str]) -> Iterator[Sequence[str]]:
    found = sorted(names)
    for at in range(0, len(found), AT_ONCE):
        yield found[at : at + AT_ONCE]
