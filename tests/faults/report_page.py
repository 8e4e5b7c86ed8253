"""The fault report as one page of HTML that needs nothing else: light and dark, on a phone too. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tests.faults.judging import PROMISES
from tests.faults.report import Held, Row, Surroundings, totals, verdict
from tests.faults.report_plot import plot
from tests.faults.report_style import STYLE

SIGNS = {Held.HELD: "✓", Held.BROKEN: "✗", Held.NOT_ASKED: "–"}
COUNTS = ("messages", "replies", "notices", "refused", "lost", "doubled")
BAD = {"lost", "doubled"}
MINUTE_S = 60


def render(rows: Sequence[Row], where: Surroundings, seconds: float) -> str:
    """Return the page."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rookery: the fault suite</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Rookery under faults</h1>
<p class="verdict {"bad" if totals(rows)["failed"] else "good"}">{escape(verdict(rows).capitalize())}.</p>
<p class="where">{escape(where.date)} · {duration(seconds)} · {escape(where.machine)} · load {escape(where.load)}<br>
{escape(" · ".join(f"{name} {version}" for name, version in where.versions.items()))}</p>
</header>
{tiles(rows)}
<section><h2>What held</h2>
{table(rows)}
<p class="legend">✓ held · ✗ broken · – does not apply, or it did not come to that. The number below says how often.</p>
<dl class="promises">{"".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in PROMISES.items())}</dl>
</section>
<section><h2>How long until somebody was served again</h2>
{plot(rows)}
</section>
</body>
</html>
"""


def tiles(rows: Sequence[Row]) -> str:
    """Return the sums."""
    total = totals(rows)
    made = "".join(tile(total[name], name) for name in COUNTS)
    return f'<div class="tiles">{tile(len(rows), "faults")}{made}</div>'


def tile(number: int, name: str) -> str:
    """Return one sum."""
    mood = "" if name not in BAD else ' class="bad"' if number else ' class="good"'
    return f"<div{mood}><b>{number:,}</b><span>{name}</span></div>".replace(",", " ")


def table(rows: Sequence[Row]) -> str:
    """Return fault × promise, with counts."""
    heads = "".join(f'<th title="{escape(text)}">{name}</th>' for name, text in PROMISES.items())
    counts = "".join(f'<th class="number">{name}</th>' for name in COUNTS)
    body = "\n".join(map(line, rows))
    return f"<table><thead><tr><th>fault</th>{heads}{counts}<th>took</th></tr></thead>\n<tbody>{body}</tbody></table>"


def line(row: Row) -> str:
    """Return one fault."""
    cells = "".join(cell(row, promise) for promise in PROMISES)
    numbers = "".join(
        f'<td class="number{" bad" if name in BAD and row.counts.get(name) else ""}" data-name="{name}">'
        f"{row.counts.get(name, 0) if row.counts else '–'}</td>"
        for name in COUNTS
    )
    facts = " · ".join(f"{name.replace('_', ' ')} {fact}" for name, fact in row.facts.items())
    notes = "".join(f"<small>{escape(note)}</small>" for note in (row.why, facts) if note)
    return (
        f'<tr class="{row.outcome}"><th scope="row">{escape(row.fault)}{notes}</th>'
        f'{cells}{numbers}<td class="number" data-name="took">{duration(row.seconds)}</td></tr>'
    )


def cell(row: Row, promise: str) -> str:
    """Return what became of a promise under a fault, and in how many looks."""
    held = row.held(promise)
    looked_at, broken = row.verdicts.get(promise, (0, 0))
    told = {Held.HELD: f"{looked_at} of {looked_at} held", Held.BROKEN: f"{broken} of {looked_at} broken"}
    mood = {Held.HELD: "held", Held.BROKEN: "broken", Held.NOT_ASKED: "none"}[held]
    return (
        f'<td class="{mood}" data-name="{promise}" title="{told.get(held, "not applicable")}">'
        f"{SIGNS[held]}<i>{broken if held is Held.BROKEN else looked_at or ''}</i></td>"
    )


def duration(seconds: float) -> str:
    """Return a duration as people say it.

    >>> duration(4.23), duration(190)
    ('4.2 s', '3 min 10 s')
    """
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    return f"{int(seconds // MINUTE_S)} min {int(seconds % MINUTE_S)} s"
