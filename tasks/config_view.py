"""How settings, and what is wrong with them, look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tasks.contracts.effective import Effective, source, switches
from tasks.contracts.problems import DEFAULT
from tasks.contracts.settings import Settings
from tasks.contracts.tomltext import written

ORIGIN_COLUMN = 46  # where origins stand, if the values let them


def tell_check(console: Console, settings: Settings | None, problems: Sequence[str], warned: Sequence[str]) -> None:
    """Tell what is wrong, else what there is; then what to look after."""
    for problem in problems:
        _say(console, "✗ ", "red", problem)
    if settings is not None:
        fleet = settings.fleet
        counted = [("model", fleet.models), ("host", fleet.hosts), ("persona", fleet.personas)]
        _say(console, "✓ ", "green", f"{source(settings)}: {', '.join(_count(*pair) for pair in counted)}")
    for caution in warned:
        _say(console, "! ", "yellow", caution)
    if problems:
        console.print(f"{_count('problem', problems)}; `rookery config example` explains every key", highlight=False)


def tell_settings(console: Console, settings: Settings, rows: Sequence[Effective]) -> None:
    """Print the settings as one would write them, the origin of each behind it."""
    _say(console, "# ", "dim", f"{source(settings)}, environment {settings.environment!r}")
    for line in switches(settings):
        _say(console, "# ", "dim", line)
    for (table, _entry), group in groupby(rows, key=lambda row: (row.table, row.loc[:-1] if len(row.loc) > 2 else "")):
        console.print(f"\n{table}", style="bold", markup=False, highlight=False)
        for row in group:
            console.print(_line(row), soft_wrap=True)


def _line(row: Effective) -> Text:
    said = f"# {row.key} is not set" if row.value is None else f"{row.key} = {written(row.value)}"
    if row.value is None:
        return Text(said, style="dim")
    by_file = Path(row.origin).is_absolute()
    style = "dim" if row.origin == DEFAULT else "green" if by_file else "yellow"
    origin = Path(row.origin).name if by_file else row.origin
    return Text.assemble(said.ljust(ORIGIN_COLUMN), (f"  # {origin}", style))


def _count(what: str, things: Sequence[object]) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"


def _say(console: Console, sign: str, style: str, text: str) -> None:
    console.print(Text.assemble((sign, style), text), soft_wrap=True, highlight=False)
