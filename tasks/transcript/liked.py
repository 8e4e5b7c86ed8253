"""Of the replies of a persona: how many each adapter gave, and of which of them people said something."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from tasks.contracts.jobs import Outcome
from tasks.transcript.database import translated
from tasks.transcript.learned import by_message
from tasks.transcript.tables import Exchange, Feedback, Message


def replies(engine: Engine, persona: str) -> dict[str, int]:
    """Return how many replies each adapter of a persona gave, by what it is called where it answers."""
    asked = (
        select(Exchange.adapter, func.count().label("given"))
        .where(Exchange.persona == persona, Exchange.adapter != "", Exchange.outcome == Outcome.REPLY.value)
        .group_by(Exchange.adapter)
    )
    with translated(), engine.connect() as connection:
        return {row.adapter: row.given for row in connection.execute(asked)}


def judged(engine: Engine, persona: str) -> dict[str, str]:
    """Return the jobs whose replies people said something of, with the adapter that gave each."""
    asked = (
        select(Exchange.job, Exchange.adapter)
        .select_from(Feedback)
        .outerjoin(Message, by_message())
        .join(Exchange, Exchange.job == func.coalesce(Message.job, Feedback.job))
        .where(Exchange.persona == persona, Exchange.adapter != "", Exchange.outcome == Outcome.REPLY.value)
    )
    with translated(), engine.connect() as connection:
        return {row.job: row.adapter for row in connection.execute(asked)}
