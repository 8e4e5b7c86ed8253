"""What came of a folder, in lines for whoever had it brought in. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.importing.arriving import Arrived
from tasks.importing.openclaw import Found


def would(found: Found, plan: Arrived, person: str) -> Iterator[str]:
    """Yield what would come of a folder."""
    yield _prompt(found, plan)
    yield f"{_notes(len(found.notes))} would become memories of {person}, of {plan.persona}'s and nobody else's"
    if plan.written:
        yield f"{plan.file} would be written"


def became(found: Found, arrived: Arrived, person: str) -> Iterator[str]:
    """Yield what came of it."""
    yield _prompt(found, arrived)
    if arrived.fresh or arrived.known:
        known = f"; {arrived.known} were known" if arrived.known else ""
        verb = "becomes a memory" if arrived.fresh == 1 else "become memories"
        yield f"{_notes(arrived.fresh)} {verb} of {person} within seconds, where `rookery up` runs{known}"
    if arrived.written:
        yield f"wrote {arrived.file}: say something with `rookery chat --persona {arrived.persona!r}`"
    else:
        yield f'{arrived.persona} was there already: its own entry wants workspace = "{found.folder}" and memory = true'


def _prompt(found: Found, arrived: Arrived) -> str:
    files = ", ".join(found.workspace)
    behind = f"{files} {'go' if len(found.workspace) > 1 else 'goes'} into its prompt, read anew when edited"
    return f"{arrived.persona}: {behind if files else 'no file goes into its prompt'}"


def _notes(count: int) -> str:
    return f"{count} note{'' if count == 1 else 's'}"
