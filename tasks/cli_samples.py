"""`rookery train export`: what a persona would learn from. Mounted by `tasks.cli_train`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def export(
    persona: Annotated[str, typer.Option("--persona", "-p", help="Who; empty: the only one that learns.")] = "",
    first: Annotated[int, typer.Option("--first", "-n", min=0, help="Show so many samples.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="All of them, each as JSON on a line of its own.")] = False,
) -> None:
    """Show what a persona would learn from now, and what is left out and why; nothing is trained."""
    from rich.console import Console

    from tasks.contracts.settings import load
    from tasks.jobs.store import Store
    from tasks.training.registry.registry import AdapterRegistry
    from tasks.training.runs import asking, due
    from tasks.training.samples import preview
    from tasks.training.samples.spool import line

    settings = load(None, os.environ)
    asking.refuse_elsewhere(settings)
    store = Store.open(settings.redis_url, settings.namespace)
    spec = due.spec(settings.fleet, asking.who(settings, persona), store.now_ms())
    with preview.previewed(spec, settings, store, AdapterRegistry.of(settings)) as seen:
        if not as_json:
            Console().print(preview.shown(seen, first))
            return
        for sample in seen.samples():
            typer.echo(line(sample).decode(), nl=False)
