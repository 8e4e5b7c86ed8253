"""Exchanges as people and training see them: what was asked and said, what became of it, what was thought of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import JobView, Outcome
from tasks.jobs.feedback import Opinion
from tasks.jobs.record import view_of
from tasks.transcript.database import translated
from tasks.transcript.reading import Scope
from tasks.transcript.rows import FIRST_TURN, REPLY_TURN
from tasks.transcript.tables import Exchange, Feedback, Message, TurnRow

Asked = Select[*tuple[Any, ...]]
PAGE = 100
COLUMNS = (
    *("number", "job", "first", "tenant", "session", "user", "persona", "model", "adapter", "host"),
    *("state", "outcome", "cause", "flags", "private", "received_ms", "answered_ms"),
)


@dataclass(frozen=True)
class Said:
    """One exchange."""

    number: int
    job: str
    first: str
    tenant: str
    session: str
    user: str
    persona: str
    model: str
    adapter: str
    host: str
    state: str
    outcome: str
    cause: str
    flags: str
    private: bool
    received_ms: int
    answered_ms: int
    question: str
    reply: str
    """Empty where there was none."""
    replaced: bool
    """The same message was answered anew later."""
    opinions: Mapping[str, tuple[str, ...]]
    """Who holds which opinion of the reply."""
    corrections: tuple[str, ...]
    """What should have been said instead."""

    def public(self) -> dict[str, Any]:
        """Return what an export holds."""
        return asdict(self)


def page(engine: Engine, scope: Scope, *, after: int = 0, at_most: int = PAGE) -> list[Said]:
    """Return exchanges as they were written down, those after number `after`."""
    asked = _exchanges().where(scope.condition, Exchange.number > after).order_by(Exchange.number)
    return _told(engine, asked.limit(at_most))


def latest(engine: Engine, scope: Scope, at_most: int = PAGE) -> list[Said]:
    """Return the latest exchanges, the oldest of them first."""
    asked = _exchanges().where(scope.condition).order_by(Exchange.number.desc())
    return _told(engine, asked.limit(at_most))[::-1]


def every(engine: Engine, scope: Scope, *, after: int = 0) -> Iterator[Said]:
    """Yield all exchanges of a scope, read a page at a time: what exports and training are made from."""
    while found := page(engine, scope, after=after):
        yield from found
        after = found[-1].number


def job_view(engine: Engine, scope: Scope, job: str) -> JobView:
    """Return a job as the ledger last saw it, with its words. Raises UnknownJob."""
    asked = select(Exchange.record, Exchange.marks).where(scope.condition, Exchange.job == job)
    replied = select(TurnRow.text).where(TurnRow.job == job, TurnRow.turn == REPLY_TURN)
    with translated(), engine.connect() as connection:
        row = connection.execute(asked).first()
        if row is None:
            raise UnknownJob(f"there is no job {job!r}", next_step="`rookery transcript show` lists the latest")
        reply = connection.scalar(replied)
    texts = {"marks": row.marks} if reply is None else {"marks": row.marks, "reply": reply}
    return view_of(job, json.loads(row.record), texts)


def _exchanges() -> Asked:
    asked, replied = TurnRow.__table__.alias("asked"), TurnRow.__table__.alias("replied")
    shown = [getattr(Exchange, name) for name in COLUMNS]
    return (
        select(*shown, asked.c.text.label("question"), replied.c.text.label("reply"), _replaced().label("replaced"))
        .join(asked, and_(asked.c.job == Exchange.job, asked.c.turn == FIRST_TURN))
        .outerjoin(replied, and_(replied.c.job == Exchange.job, replied.c.turn == REPLY_TURN))
    )


def _replaced() -> ColumnElement[bool]:
    other = Exchange.__table__.alias("other")
    at_once = and_(other.c.answered_ms == Exchange.answered_ms, other.c.number > Exchange.number)
    return (
        select(other.c.job)
        .where(other.c.first == Exchange.first, other.c.session == Exchange.session)
        .where(other.c.outcome == Outcome.REPLY.value)
        .where(or_(other.c.answered_ms > Exchange.answered_ms, at_once))
        .exists()
    )


def _told(engine: Engine, asked: Asked) -> list[Said]:
    with translated(), engine.connect() as connection:
        rows = connection.execute(asked).mappings().all()
        feedback = connection.execute(_feedback_on([row["job"] for row in rows])).all()
    opinions, corrections = standing(feedback)
    return [
        Said(
            **{**row, "reply": row["reply"] or "", "replaced": bool(row["replaced"])},
            opinions=opinions.get(row["job"], {}),
            corrections=corrections.get(row["job"], ()),
        )
        for row in rows
    ]


def _feedback_on(jobs: Sequence[str]) -> Asked:
    """Return what was said of these jobs, known by themselves or by a message that they were posted as."""
    by_message = and_(
        Feedback.job == "",
        Message.bot == Feedback.bot,
        Message.chat == Feedback.chat,
        Message.message == Feedback.message,
    )
    about = func.coalesce(Message.job, Feedback.job)
    return (
        select(about.label("about"), Feedback.user, Feedback.opinion, Feedback.text, Feedback.undone)
        .outerjoin(Message, by_message)
        .where(about.in_(jobs))
        .order_by(Feedback.at_ms, Feedback.entry)
    )


def standing(
    feedback: Sequence[Any],
) -> tuple[dict[str, dict[str, tuple[str, ...]]], dict[str, tuple[str, ...]]]:
    """Return who holds which opinion of each job, and what should have been said: the last word of each person counts.

    A later `undone` takes back what was said before; the same said twice counts once. Pure.
    """
    last: dict[tuple[str, str, str], Any] = {}
    for row in feedback:
        last[row.about, row.opinion, row.user] = row
    opinions: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    corrections: dict[str, tuple[str, ...]] = {}
    for (job, opinion, user), row in last.items():
        if row.undone:
            continue
        opinions[job][opinion] = (*opinions[job].get(opinion, ()), user)
        if opinion == Opinion.CORRECTED.value:
            corrections[job] = (*corrections.get(job, ()), row.text)
    return dict(opinions), corrections
