"""`rookery transcript`: what was said, for whoever runs the flock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tasks.transcript.database import Database

app = typer.Typer()
transcript = typer.Typer(no_args_is_help=True)
app.add_typer(transcript, name="transcript", help="Read what was said, word for word.")
OfTenant = Annotated[str, typer.Option("--tenant", help="Only what belongs to this guild, group, person or session.")]
OfSession = Annotated[str, typer.Option("--session", help="Only one session.")]


@transcript.command()
def show(
    tenant: OfTenant = "",
    session: OfSession = "",
    last: Annotated[int, typer.Option("--last", "-n", min=1, help="So many of the latest.")] = 20,
) -> None:
    """Show the latest exchanges: who asked what, who answered, and what was thought of it."""
    from rich.console import Console

    from tasks.transcript.exchanges import latest
    from tasks.transcript.reading import Scope
    from tasks.transcript.showing import exchanges_view

    with _opened() as database:
        found = latest(database, Scope(tenant, session, everything=True), last)
    Console().print(exchanges_view(found))


@transcript.command()
def export(
    tenant: OfTenant = "",
    session: OfSession = "",
    after: Annotated[int, typer.Option("--after", min=0, help="Go on behind the exchange of this number.")] = 0,
) -> None:
    """Print every exchange as a line of JSON."""
    import json

    from tasks.transcript.exchanges import every
    from tasks.transcript.reading import Scope

    with _opened() as database:
        for said in every(database, Scope(tenant, session, everything=True), after=after):
            typer.echo(json.dumps(said.public(), ensure_ascii=False))


@transcript.command()
def stats(
    tenant: OfTenant = "", as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Tell how much there is."""
    import dataclasses
    import json

    from rich.console import Console

    from tasks.transcript.reading import Scope
    from tasks.transcript.showing import totals_view
    from tasks.transcript.totals import totals

    with _opened() as database:
        found = totals(database, Scope(tenant, everything=True))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), indent=2))
    else:
        Console().print(totals_view(found))


def _opened() -> AbstractContextManager[Database]:
    from tasks.contracts.settings import load
    from tasks.transcript.database import opened_to_read

    return opened_to_read(load(None, os.environ).transcript_url)
