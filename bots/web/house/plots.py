"""The last hour as columns, for plots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, needs
from bots.web.house.shapes import HistoryShape, HostHistory, ModelHistory
from bots.web.site import FRESH_ONLY, Site
from tasks.jobs import history
from tasks.jobs.history import EVERY_S, Kept, Sample
from tasks.jobs.values import MS

MOST_MINUTES = 60
LATE = 2.5  # times the usual distance: what is later than that follows a gap
MINUTE_S = 60
T = TypeVar("T")


def router(site: Site) -> APIRouter:
    """Return the route of the history."""
    routes = APIRouter(prefix="/api", tags=["glass box"], dependencies=[needs(Scope.READ)])

    @routes.get("/history", response_model=HistoryShape)
    async def past(minutes: Annotated[int, Query(ge=1, le=MOST_MINUTES)] = MOST_MINUTES) -> Response:
        """Tell the last minutes of the flock in stretches of ten seconds: throughput, waits, queues, memory."""
        kept = await site.gateway.store.run(history.read(round(minutes * MINUTE_S / EVERY_S)))
        return JSONResponse(columns(kept).model_dump(mode="json"), headers=FRESH_ONLY)

    return routes


def columns(kept: Kept) -> HistoryShape:
    """Return samples as columns; where some are missing stands one of which nothing is known."""
    rows = list(_with_gaps(kept.samples))
    models = sorted({slug for row in kept.samples for slug in (*row.tokens, *row.queues)})
    hosts = sorted({name for row in kept.samples for name in row.hosts})
    return HistoryShape(
        every_s=EVERY_S,
        now_ms=kept.now_ms,
        at_ms=tuple(at_ms for at_ms, _ in rows),
        answers_per_min=_column(rows, lambda row: _rate(row, row.answers, MINUTE_S)),
        notices_per_min=_column(rows, lambda row: _rate(row, row.notices, MINUTE_S)),
        tokens_per_s=_column(rows, lambda row: _rate(row, sum(row.tokens.values()))),
        waiting=_column(rows, lambda row: row.waiting),
        wait_p50_s=_column(rows, lambda row: row.wait_s[0]),
        wait_p95_s=_column(rows, lambda row: row.wait_s[1]),
        answer_p50_s=_column(rows, lambda row: row.answer_s[0]),
        answer_p95_s=_column(rows, lambda row: row.answer_s[1]),
        models={slug: _model(rows, slug) for slug in models},
        hosts={name: _host(rows, name) for name in hosts},
    )


def _model(rows: Rows, slug: str) -> ModelHistory:
    return ModelHistory(
        tokens_per_s=_column(rows, lambda row: _rate(row, row.tokens.get(slug, 0))),
        waiting=_column(rows, lambda row: row.queues.get(slug, 0)),
    )


def _host(rows: Rows, name: str) -> HostHistory:
    totals = [row.hosts[name][1] for _, row in rows if row is not None and name in row.hosts]
    return HostHistory(
        used_gib=_column(rows, lambda row: row.hosts[name][0] if name in row.hosts else None), total_gib=totals[-1]
    )


Rows = Sequence[tuple[int, Sample | None]]


def _with_gaps(samples: Sequence[Sample]) -> Iterator[tuple[int, Sample | None]]:
    every_ms, before_ms = round(EVERY_S * MS), None
    for sample in samples:
        if before_ms is not None and sample.at_ms - before_ms > LATE * every_ms:
            yield before_ms + every_ms, None
        yield sample.at_ms, sample
        before_ms = sample.at_ms


def _column(rows: Rows, value: Callable[[Sample], T | None]) -> tuple[T | None, ...]:
    return tuple(None if row is None else value(row) for _, row in rows)


def _rate(sample: Sample, count: int, per_s: float = 1.0) -> float | None:
    return None if sample.span_s is None else round(count / sample.span_s * per_s, 2)
