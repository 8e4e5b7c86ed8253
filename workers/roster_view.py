"""How the models look in a terminal, and to programs. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.jobs.showing import plain
from workers.roster import Foreign, Place, Row

HOW_KNOWN = {"told": "as told", "measured": "measured", "file": "estimated", "name": "estimated"}
STYLES = {"ready": "green", "loading": "yellow", "draining": "yellow"}
NOT_KNOWN = "–"


def as_data(rows: Sequence[Row], others: Sequence[Foreign], trouble: str) -> dict[str, Any]:
    """Return what `--json` says."""
    return {
        "models": [dataclasses.asdict(row) for row in rows],
        "foreign": [dataclasses.asdict(each) for each in others],
        "residency_known": not trouble,
    }


def as_table(rows: Sequence[Row], others: Sequence[Foreign], trouble: str) -> RenderableType:
    """Return the table that people read: a line for each place of a model."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("model", "on", "engine", "called there", "format"):
        table.add_column(heading, overflow="fold")
    for heading in ("GiB", "", "slots", "in memory", ""):
        table.add_column(heading, justify="right" if heading in ("GiB", "slots") else "left", no_wrap=True)
    for row in rows:
        for at, place in enumerate(row.places):
            table.add_row(plain(row.name) if at == 0 else "", *_cells(place, known=not trouble))
        if not row.places:
            table.add_row(plain(row.name), Text("no host may hold it", style="yellow"))
    parts: list[RenderableType] = [table]
    parts += [
        plain(f"{each.host} also holds {each.name}, {each.gib:g} GiB, loaded by somebody else") for each in others
    ]
    if trouble:
        parts.append(Text(f"Where they are now is not known: {trouble}", style="yellow"))
    return Group(*parts)


def _cells(place: Place, *, known: bool) -> list[Text]:
    state = place.state or "no"
    return [
        plain(place.host),
        plain(place.engine),
        plain(place.alias),
        plain(place.format or NOT_KNOWN),
        Text(f"{place.gib:.1f}" if place.gib >= 0.1 else "<0.1"),
        Text(HOW_KNOWN.get(place.gib_is, place.gib_is), style="dim"),
        Text(str(place.slots)),
        Text(state, style=STYLES.get(state, "dim")) if known else Text(NOT_KNOWN),
        Text("pinned" if place.pinned else ""),
    ]
