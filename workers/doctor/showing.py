"""How findings look in a terminal, and to programs. Pure: values in, something for rich or json to write out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tasks.jobs.showing import plain
from workers.doctor.findings import Finding, Level, count

SYMBOLS = {Level.OK: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.PROBLEM: "✗"}
STYLES = {Level.OK: "green", Level.NOTE: "cyan", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
MOST_NAMED = 3
SEVERAL = "(one server at a time: write its lines, then run `rookery doctor` again for the next)"


def progress(left: Sequence[str]) -> str:
    """Return the line that stands there while checks are under way."""
    return f"Looking at {', '.join(left[:MOST_NAMED])}{' and more' * (len(left) > MOST_NAMED)} …"


def as_data(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what programs read."""
    counts = {level.value: count(findings, level) for level in Level}
    return {"counts": counts, "findings": [asdict(finding) for finding in findings]}


def table(findings: Sequence[Finding]) -> RenderableType:
    """Return one row per finding, with what to do about it below; the group stands before its first."""
    rows = Table.grid(padding=(0, 1))
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for group, members in groupby(findings, key=lambda finding: finding.check):
        for at, finding in enumerate(members):
            symbol = Text(SYMBOLS[finding.level], style=STYLES[finding.level])
            rows.add_row("" if at else group, symbol, _told(finding))
    return rows


def toml_blocks(findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    """Yield a heading and the lines to write, for each finding that has some."""
    offers = [finding for finding in findings if finding.toml]
    for at, finding in enumerate(offers):
        more = f" {SEVERAL}" if len(offers) > 1 and at == 0 else ""
        yield f"{plain(finding.what).plain}. For the end of rookery.toml{more}:", _printable(finding.toml)


def summary(findings: Sequence[Finding]) -> Text:
    """Return how many findings want something done, in one line."""
    problems, warnings = count(findings, Level.PROBLEM), count(findings, Level.WARNING)
    told = f"{problems or 'no'} problem{'s' * (problems != 1)}, {warnings or 'no'} warning{'s' * (warnings != 1)}"
    return Text(told.capitalize() + ".", style="bold red" if problems else "yellow" if warnings else "bold green")


def _told(finding: Finding) -> Text:
    text = plain(finding.what)
    if finding.level is Level.OK:
        text.stylize("dim")
    if finding.next_step:
        text.append("\n→ ", style="dim").append_text(plain(finding.next_step))
    return text


def _printable(toml: str) -> str:
    return "\n".join(plain(line).plain for line in toml.splitlines())
