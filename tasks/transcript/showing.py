"""How the transcript looks in a terminal. Pure: values in, something for rich to print out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.jobs import Cause, Outcome, notice_of
from tasks.jobs.showing import plain
from tasks.transcript.exchanges import Said
from tasks.transcript.rows import INGESTED
from tasks.transcript.totals import Totals

MS = 1000
MARGIN = " " * 21  # as wide as a moment and what stands behind it
NOTHING = "nothing was said yet"


def exchanges_view(found: Sequence[Said]) -> RenderableType:
    """Return exchanges as a conversation reads, under the name of each session."""
    if not found:
        return Text(NOTHING, style="dim")
    parts: list[RenderableType] = []
    session = ""
    for said in found:
        if said.session != session:
            session = said.session
            parts += [*([Text()] if parts else []), Text.assemble((plain(session).plain, "bold"))]
        parts += _lines(said)
    return Group(*parts)


def _lines(said: Said) -> Iterator[Text]:
    yield Text.assemble((f"{when(said.received_ms)}  ", "dim"), plain(said.user), ": ", _block(said.question))
    if said.state == INGESTED:
        return
    answer = _block(said.reply) if said.outcome == Outcome.REPLY.value else Text(_instead(said), style="yellow")
    yield Text.assemble(MARGIN, plain(said.persona or said.model), ": ", answer)
    yield Text.assemble(MARGIN, (" · ".join(_notes(said)), "dim"))


def _block(text: str) -> Text:
    """Return lines below one another, and the rest as it stands."""
    return Text(f"\n{MARGIN}").join(map(plain, text.splitlines() or [""]))


def _instead(said: Said) -> str:
    cause = next((cause for cause in Cause if cause.value == said.cause), None)
    return notice_of(cause, said.model) if cause else f"({said.state})"


def _notes(said: Said) -> Iterator[str]:
    yield said.job
    yield " ".join(filter(None, (said.model, said.adapter and f"with {said.adapter}", said.host and f"on {said.host}")))
    if said.state != "delivered":
        yield said.state
    if said.replaced:
        yield "answered anew later"
    yield from filter(None, said.flags.split(","))
    for opinion, users in said.opinions.items():
        yield f"{opinion} by {', '.join(users)}"


def totals_view(found: Totals) -> RenderableType:
    """Return how much there is."""
    table = Table(box=None, show_header=False)
    rows = (
        ("exchanges", found.exchanges),
        ("replies", found.replies),
        ("notices", found.notices),
        ("turns", found.turns),
        ("sessions", found.sessions),
        ("tenants", found.tenants),
        ("feedback", found.feedback),
        ("could not be read", found.strays),
    )
    for name, number in rows:
        table.add_row(name, f"{number:,}")
    if found.exchanges:
        table.add_row("from", when(found.oldest_ms))
        table.add_row("to", when(found.latest_ms))
    return table


def when(at_ms: int) -> str:
    """Return a moment as people write it, in UTC.

    >>> when(0)
    '1970-01-01 00:00:00'
    """
    return f"{datetime.fromtimestamp(at_ms / MS, tz=UTC):%Y-%m-%d %H:%M:%S}"
