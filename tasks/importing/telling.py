"""What came of a folder, in lines for whoever had it brought in. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.importing.arriving import Arrived
from tasks.importing.openclaw import Found


def would(found: Found, plan: Arrived, person: str) -> Iterator[str]:
    """Yield what would come of a folder."""
    yield _prompt(found, plan)
    if found.notes:
        yield f"{_notes(len(found.notes))} in it would be told to {person} by {plan.persona}, and to nobody else"
    if plan.written:
        yield f"{plan.file} would be written"


def became(found: Found, arrived: Arrived, person: str) -> Iterator[str]:
    """Yield what came of it."""
    yield _prompt(found, arrived)
    if arrived.fresh:
        yield (
            f"{_notes(arrived.fresh)} taken in, for {person} and nobody else:"
            " what `rookery run memory` makes memories of, at once where it is at work"
        )
    if arrived.known:
        yield f"{_notes(arrived.known)} known from before"
    if arrived.written:
        yield f"wrote {arrived.file}: say something with `rookery chat --persona {arrived.persona!r}`"
    elif not arrived.settled:
        yield f'{arrived.persona} was there already: its own entry wants workspace = "{found.folder}" and memory = true'


def _prompt(found: Found, arrived: Arrived) -> str:
    files = ", ".join(found.workspace)
    behind = f"{files} {'go' if len(found.workspace) > 1 else 'goes'} into its prompt, read anew when edited"
    return f"{arrived.persona}: {behind if files else 'no file goes into its prompt'}"


def _notes(count: int) -> str:
    return f"{count} note{'' if count == 1 else 's'}"
