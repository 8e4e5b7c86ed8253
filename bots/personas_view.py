"""How personas look in a terminal, and to programs. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tasks.contracts.gathering import PERSONA
from tasks.contracts.personas import Persona
from tasks.contracts.settings import Settings
from tasks.jobs import roster
from tasks.jobs.durations import age
from tasks.jobs.roster import UNTOUCHED, PersonaState
from tasks.jobs.showing import plain

MS = 1000
States = Mapping[str, PersonaState]


def table(settings: Settings, states: States, now_ms: int | None = None) -> RenderableType:
    """Return one line per persona, and below it what is wrong with files of others."""
    now_ms = _now_ms() if now_ms is None else now_ms
    rows = Table("persona", "model", "state", "answers", "the last", "in", box=None, header_style="bold")
    for at, persona in enumerate(settings.fleet.personas):
        known = states.get(persona.name, UNTOUCHED)
        answers = str(known.spoken) if known.spoken else ""
        last = f"{age(max(0, now_ms - known.last_spoke_ms))} ago" if known.last_spoke_ms else ""
        place = plain(Path(_file(settings, at)).name)
        rows.add_row(plain(persona.name), plain(persona.model), _state(persona, states), answers, last, place)
    troubles = [plain(line) for line in settings.troubles]
    for line in troubles:
        line.stylize("yellow")
    return Group(rows, Text(), *troubles) if troubles else rows


def page(persona: Persona, settings: Settings, states: States) -> RenderableType:
    """Return all that is said of one persona, and its prompt as it is sent."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold")
    rows.add_row("state", _state(persona, states))
    for key, value in _said(persona):
        rows.add_row(key, plain(value))
    rows.add_row("in", plain(_file(settings, settings.fleet.personas.index(persona))))
    return Group(Text(persona.name, style="bold green"), rows, Text(), plain_lines(persona.prompt))


def plain_lines(text: str) -> Text:
    """Return text of several lines as it stands."""
    return Text("\n").join(plain(line) for line in text.splitlines())


def listed(settings: Settings, states: States) -> dict[str, Any]:
    """Return the list for programs."""
    personas = [_told(persona, at, settings, states) for at, persona in enumerate(settings.fleet.personas)]
    return {"personas": personas, "troubles": list(settings.troubles)}


def public(persona: Persona, settings: Settings, states: States) -> dict[str, Any]:
    """Return one persona for programs."""
    told = _told(persona, settings.fleet.personas.index(persona), settings, states)
    return {**told, "settings": persona.model_dump(mode="json")}


def _told(persona: Persona, at: int, settings: Settings, states: States) -> dict[str, Any]:
    known = states.get(persona.name, UNTOUCHED)
    return {
        "name": persona.name,
        "model": persona.model,
        "away": roster.why_away(persona, states),
        "disabled_by": known.by,
        "disabled_ms": known.at_ms,
        "answers": known.spoken,
        "last_spoke_ms": known.last_spoke_ms,
        "file": _file(settings, at),
    }


def _said(persona: Persona) -> Iterator[tuple[str, str]]:
    """Yield what is not as it is by itself, but name and prompt."""
    for key, value in persona.model_dump(mode="json", exclude_defaults=True, exclude={"name", "prompt"}).items():
        yield key, ", ".join(map(_words, value)) if isinstance(value, list) else _words(value)


def _words(value: object) -> str:
    return " ".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def _state(persona: Persona, states: States) -> Text:
    why = roster.why_away(persona, states)
    return plain(f"away: {why}") if why else Text("ready", style="green")


def _file(settings: Settings, at: int) -> str:
    return settings.origins.files.get((PERSONA, at), settings.source)


def _now_ms() -> int:
    return int(time.time() * MS)
