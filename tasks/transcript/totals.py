"""How much the transcript holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from tasks.transcript.database import translated
from tasks.transcript.reading import Scope
from tasks.transcript.tables import Exchange, Feedback, Stray, TurnRow


@dataclass(frozen=True)
class Totals:
    """What there is of a scope."""

    exchanges: int
    replies: int
    notices: int
    turns: int
    sessions: int
    tenants: int
    oldest_ms: int
    latest_ms: int
    feedback: int = 0
    """Counted, like `strays`, where everything is seen."""
    strays: int = 0
    """What could not be read, and is kept as it came."""


def totals(engine: Engine, scope: Scope) -> Totals:
    """Count what there is."""
    asked = select(
        func.count(Exchange.job),
        func.count(Exchange.job).filter(Exchange.outcome == "reply"),
        func.count(Exchange.job).filter(Exchange.outcome == "notice"),
        select(func.count(TurnRow.number))
        .where(TurnRow.job.in_(select(Exchange.job).where(scope.condition)))
        .scalar_subquery(),
        func.count(Exchange.session.distinct()),
        func.count(Exchange.tenant.distinct()),
        func.coalesce(func.min(Exchange.received_ms), 0),
        func.coalesce(func.max(Exchange.ended_ms), 0),
    ).where(scope.condition)
    with translated(), engine.connect() as connection:
        counted = connection.execute(asked).one()
        beside = (
            connection.scalar(select(func.count(table.entry))) or 0 if scope.everything else 0
            for table in (Feedback, Stray)
        )
        return Totals(*counted, *beside)
