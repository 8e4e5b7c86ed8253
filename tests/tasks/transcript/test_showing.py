from __future__ import annotations

import io
import json

from rich.console import Console
from sqlalchemy import Engine

from tasks.contracts.jobs import Cause, notice_of
from tasks.transcript.exchanges import every
from tasks.transcript.keeping import write
from tasks.transcript.showing import NOTHING, exchanges_view, totals_view
from tasks.transcript.totals import totals
from tests.tasks.transcript.ledger import EVERYTHING
from tests.tasks.transcript.said import exchange, opinion


def shown(view: object) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(view)
    return out.getvalue()


def test_a_conversation_reads_as_one(lite: Engine):
    write(lite, [exchange("j1", text="what is a\nrook?", reply="a [b]bird[/b]\x1b[2J", host="anvil", at_ms=0)])
    write(lite, [exchange("j2", text="really?", outcome="notice", cause="expired", flags="no history", at_ms=100)])
    write(lite, [opinion("up", job="j1"), exchange("j3", session="web:rook:other", at_ms=200, sent=json.dumps({}))])
    lines = [line.strip() for line in shown(exchanges_view(list(every(lite, EVERYTHING)))).splitlines()]
    assert lines == [
        "web:rook:s",
        "1970-01-01 00:00:00  web:ada: what is a",
        "rook?",
        "rook: a [b]bird[/b]\ufffd[2J",
        "j1 · demo on anvil · up by bob",
        "1970-01-01 00:00:00  web:ada: really?",
        f"rook: {notice_of(Cause.EXPIRED, 'demo')}",
        "j2 · demo · no history",
        "",
        "web:rook:other",
        "1970-01-01 00:00:00  web:ada: question j3",
        "rook: answer to j3",
        "j3 · demo",
    ]


def test_nothing_is_said_to_be_nothing(lite: Engine):
    assert shown(exchanges_view([])).strip() == NOTHING


def test_totals_are_a_table(lite: Engine):
    write(lite, [exchange(f"j{n}") for n in range(1200)])
    lines = {line.split()[0]: line.split()[-1] for line in shown(totals_view(totals(lite, EVERYTHING))).splitlines()}
    assert (lines["exchanges"], lines["turns"], lines["to"]) == ("1,200", "2,400", "00:00:01")
