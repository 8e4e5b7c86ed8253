from __future__ import annotations

from sqlalchemy import Engine

from tasks.transcript.keeping import write
from tasks.transcript.reading import Scope
from tasks.transcript.totals import Totals, totals
from tests.tasks.transcript.ledger import EVERYTHING
from tests.tasks.transcript.said import exchange, note, opinion


def test_nothing_is_counted_where_nothing_was_said(engine: Engine):
    assert totals(engine, EVERYTHING) == Totals(0, 0, 0, 0, 0, 0, 0, 0)


def test_everything_is_counted(engine: Engine):
    write(engine, [exchange("j1", at_ms=100), exchange("j2", at_ms=200, session="other", outcome="notice")])
    write(engine, [exchange("j3", at_ms=300, outcome=""), opinion("up", job="j1"), note("riddle", 7)])
    assert totals(engine, EVERYTHING) == Totals(
        exchanges=3,
        replies=1,
        notices=1,
        turns=4,
        sessions=2,
        tenants=2,
        oldest_ms=100,
        latest_ms=320,
        feedback=1,
        strays=1,
    )


def test_of_a_tenant_its_own_is_counted(engine: Engine):
    write(engine, [exchange("j1", request_tenant="a"), exchange("j2", request_tenant="b"), note("riddle", 7)])
    found = totals(engine, Scope(tenant="a"))
    assert (found.exchanges, found.turns, found.tenants, found.strays) == (1, 2, 1, 0)
