"""`rookery import`: what another program kept of somebody, taken in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
into = typer.Typer(no_args_is_help=True)
app.add_typer(into, name="import", help="Take in what another program kept; `rookery config import` reads settings.")


@app.callback()
def room() -> None:
    """Hold the verb below; an app of one command would be that command itself."""


@into.callback()
def sources() -> None:
    """Hold the sources below."""


@into.command()
def openclaw(
    folder: Annotated[Path, typer.Argument(help="A workspace, such as ~/.openclaw/workspace.", show_default=False)],
    persona: Annotated[
        str, typer.Option(help="What the persona is called; else as IDENTITY.md or the folder is.")
    ] = "",
    person: Annotated[
        str, typer.Option(help="Whose memories the notes become, as PLATFORM:ID; web:local is who uses the page here.")
    ] = "web:local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")] = False,
) -> None:
    """Make a persona of a workspace folder of OpenClaw, and memories of what is noted in it."""
    from rich.console import Console

    from tasks.contracts.settings import load
    from tasks.importing import arriving, telling
    from tasks.importing.openclaw import read
    from tasks.jobs.store import Store

    settings, found = load(None, os.environ), read(folder)
    if dry_run:
        lines = telling.would(found, arriving.planned(found, settings, persona), person)
    else:
        store = Store.open(settings.redis_url, settings.namespace)
        lines = telling.became(found, arriving.arrive(found, settings, store, person, persona), person)
    console = Console()
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in found.left:
        console.print(f"! {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)
