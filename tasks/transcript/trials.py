"""The transcript as canaries are judged by it: what a persona was asked, what came of it, and by which adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, and_, select

from tasks.contracts.jobs import Outcome
from tasks.transcript.database import translated
from tasks.transcript.rows import FIRST_TURN, REPLY_TURN
from tasks.transcript.tables import Exchange, TurnRow

PAGE = 500  # rows


@dataclass(frozen=True, slots=True)
class Answered:
    """One question that was answered, or got a notice."""

    job: str
    adapter: str
    """As it answers everywhere: `pirate@20261122-ab12cd34`; empty: the base alone, or nobody."""
    replied: bool
    cause: str
    """Of the notice; empty for a reply."""
    flags: frozenset[str]
    question: str
    reply: str
    answered_ms: int


def answered(engine: Engine, persona: str, since_ms: int) -> Iterator[Answered]:
    """Yield what a persona was asked, of what was answered after `since_ms`, a page at a time. Words may be erased."""
    after = 0
    while found := _page(engine, persona, since_ms, after):
        yield from (one for _, one in found)
        after = found[-1][0]


def _page(engine: Engine, persona: str, since_ms: int, after: int) -> list[tuple[int, Answered]]:
    asked, replied = TurnRow.__table__.alias("asked"), TurnRow.__table__.alias("replied")
    shown = (Exchange.number, Exchange.job, Exchange.adapter, Exchange.outcome, Exchange.cause, Exchange.flags)
    rows = (
        select(*shown, Exchange.answered_ms, asked.c.text.label("question"), replied.c.text.label("reply"))
        .join(asked, and_(asked.c.job == Exchange.job, asked.c.turn == FIRST_TURN))
        .outerjoin(replied, and_(replied.c.job == Exchange.job, replied.c.turn == REPLY_TURN))
        .where(Exchange.persona == persona, Exchange.answered_ms > since_ms, Exchange.number > after)
        .where(Exchange.outcome.in_([outcome.value for outcome in Outcome]))
        .order_by(Exchange.number)
        .limit(PAGE)
    )
    with translated(), engine.connect() as connection:
        return [
            (
                row.number,
                Answered(
                    job=row.job,
                    adapter=row.adapter,
                    replied=row.outcome == Outcome.REPLY.value,
                    cause=row.cause,
                    flags=frozenset(filter(None, row.flags.split(","))),
                    question=row.question,
                    reply=row.reply or "",
                    answered_ms=row.answered_ms,
                ),
            )
            for row in connection.execute(rows)
        ]
