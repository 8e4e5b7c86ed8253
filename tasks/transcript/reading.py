"""What the flock itself reads of the transcript. Every question says whose conversations it may see."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select, true

from tasks.contracts.jobs import Outcome
from tasks.contracts.messages import Turn
from tasks.transcript.database import translated
from tasks.transcript.rows import INGESTED
from tasks.transcript.tables import Break, Exchange, TurnRow


@dataclass(frozen=True)
class Scope:
    """Whose conversations may be seen: a tenant's, one session's, or what is both. Tenants never mix."""

    tenant: str = ""
    session: str = ""
    everything: bool = False
    """For whoever runs the flock, at their own terminal."""

    def __post_init__(self) -> None:
        if not (self.tenant or self.session or self.everything):
            raise ValueError("a scope names a tenant or a session, or says that it is everything")

    @property
    def condition(self) -> ColumnElement[bool]:
        """What an exchange must be to be seen."""
        tenant = Exchange.tenant == self.tenant if self.tenant else true()
        session = Exchange.session == self.session if self.session else true()
        return and_(tenant, session)


def window(engine: Engine, scope: Scope, turns: int) -> list[Turn]:
    """Return the latest turns of a session as its next answer may see them, the oldest first."""
    forgotten_ms = select(func.max(Break.at_ms)).where(Break.session == scope.session, Break.kind == "forget")
    answered = (
        select(Exchange.job, Exchange.first, Exchange.answered_ms, Exchange.number, _nth_last().label("nth"))
        .where(scope.condition, Exchange.remember, _belongs())
        .where(Exchange.answered_ms > func.coalesce(forgotten_ms.scalar_subquery(), -1))
        .subquery()
    )
    asked = (
        select(TurnRow.role, TurnRow.text, TurnRow.author, answered.c.first)
        .join(answered, answered.c.job == TurnRow.job)
        .where(answered.c.nth == 1, TurnRow.text != "")  # what was erased was never said
        .order_by(answered.c.answered_ms.desc(), answered.c.number.desc(), TurnRow.turn.desc())
        .limit(turns)
    )
    with translated(), engine.connect() as connection:
        rows = connection.execute(asked).all()
    return [Turn(role=row.role, text=row.text, author=row.author, job=row.first) for row in reversed(rows)]


def epochs(engine: Engine) -> dict[str, int]:
    """Return the present conversation of every chat that began another one."""
    asked = select(Break.session, func.max(Break.epoch)).where(Break.kind == "reset").group_by(Break.session)
    with translated(), engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}


def sessions(engine: Engine, since_ms: int, at_most: int) -> dict[str, int]:
    """Return when each session was last answered, of those that were since then; the latest, where there are more."""
    last_ms = func.max(Exchange.answered_ms)
    asked = (
        select(Exchange.session, last_ms)
        .where(Exchange.remember, _belongs())
        .group_by(Exchange.session)
        .having(last_ms >= since_ms)
        .order_by(last_ms.desc())
        .limit(at_most)
    )
    with translated(), engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}


def _belongs() -> ColumnElement[bool]:
    """Return whether an exchange is part of its session's window: it was answered, or was said elsewhere."""
    return or_(Exchange.outcome == Outcome.REPLY.value, Exchange.state == INGESTED)


def _nth_last() -> ColumnElement[int]:
    """Return 1 for the last reply that a message was given, of all that it was."""
    order = (Exchange.answered_ms.desc(), Exchange.number.desc())
    return func.row_number().over(partition_by=(Exchange.session, Exchange.first), order_by=order)
