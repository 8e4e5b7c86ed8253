"""How model files and their storage look in a terminal, and to programs. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.tiers import Tier
from tasks.jobs.durations import age
from tasks.jobs.showing import plain
from workers.storage.plan import Space, Stored, gib

STYLES = {Tier.HOT: "green", Tier.ARCHIVE: "cyan", Tier.ELSEWHERE: "dim"}
NAMES = {Tier.HOT: "fast", Tier.ARCHIVE: "archive", Tier.ELSEWHERE: "elsewhere"}
NOT_KNOWN = "–"
DAY_S = 86_400
MS = 1000


def as_data(found: Sequence[Stored], spaces: Mapping[Tier, Space], trouble: str) -> dict[str, Any]:
    """Return what `--json` says."""
    return {
        "models": [
            {**dataclasses.asdict(each), "path": str(each.path), "tier": each.tier if each.size_bytes else "missing"}
            for each in found
        ],
        "storage": {tier: {**dataclasses.asdict(each), "path": str(each.path)} for tier, each in spaces.items()},
        "residency_known": not trouble,
    }


def as_table(found: Sequence[Stored], spaces: Mapping[Tier, Space], trouble: str, now_s: float) -> RenderableType:
    """Return the table that people read, and below it what room there is."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("model", "storage", "GiB", "last use", "in memory on", "file"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "GiB" else "left")
    for each in found:
        table.add_row(*_cells(each, known=not trouble, now_s=now_s))
    parts: list[RenderableType] = [table if found else Text("No model of the fleet file has a file here.", style="dim")]
    parts += [Text(""), *(_room(tier, space, alone=len(spaces) == 1) for tier, space in spaces.items())]
    if trouble:
        parts.append(Text(f"What is in memory is not known: {trouble}", style="yellow"))
    return Group(*parts)


def _cells(each: Stored, *, known: bool, now_s: float) -> list[Text]:
    where = Text(NAMES[each.tier], style=STYLES[each.tier])
    return [
        plain(each.name),
        where if each.size_bytes is not None else Text("missing", style="red"),
        Text(gib(each.size_bytes) if each.size_bytes is not None else NOT_KNOWN),
        Text(_ago(now_s - each.used_s) if each.used_s is not None else NOT_KNOWN, style="" if each.used_s else "dim"),
        plain(", ".join(each.held_by) or "no") if known else Text(NOT_KNOWN),
        Text.assemble(plain(str(each.path)), style="dim"),
    ]


def _ago(seconds: float) -> str:
    if seconds >= 2 * DAY_S:
        return f"{seconds // DAY_S:.0f} days ago"
    return f"{age(int(max(0.0, seconds)) * MS).removesuffix(' 0 min')} ago" if seconds >= 1 else "now"


def _room(tier: Tier, space: Space, *, alone: bool) -> Text:
    name = "storage" if alone else NAMES[tier]
    budget = f" of {gib(space.budget_bytes)}" if space.budget_bytes is not None else ""
    over = space.budget_bytes is not None and space.used_bytes > space.budget_bytes
    line = (
        f"{name:<8} {gib(space.used_bytes)}{budget} GiB in {space.path}, {gib(space.free_bytes)} GiB free on its disk"
    )
    return Text(line, style="yellow" if over else "")
