"""`rookery train`: have personas learn now, and see what came of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from tasks import cli_adapters, cli_samples, cli_score

if TYPE_CHECKING:
    from tasks.contracts.settings import Settings
    from tasks.jobs.store import Store

app = typer.Typer()
train = typer.Typer(no_args_is_help=True)
app.add_typer(train, name="train", help="Have a persona learn now, see its runs, and its adapters.")

DID_NOT_LEARN, LOOKED_AWAY = 1, 130


@train.command()
def now(
    persona: Annotated[str, typer.Option("--persona", "-p", help="Who; empty: the only one that learns.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Show how far it is, to its end.")] = True,
) -> None:
    """Have a persona learn from what was said since, at once; what passes the gate is served at once, too."""
    import math
    from functools import partial

    from tasks.contracts.learning import Course
    from tasks.training.registry import lineage
    from tasks.training.registry.registry import AdapterRegistry
    from tasks.training.runs import asking, showing
    from tasks.training.runs.bar import shown

    settings, store = _opened()
    forgotten = partial(lineage.without, AdapterRegistry.of(settings))
    run = asking.begin(settings, store, persona, forgotten).run
    why = asking.why_it_waits(settings, store)
    if why:
        typer.echo(f"{run} waits: {why.message}\n→ {why.next_step}", err=True)
    if not wait:
        begun = "is queued" if why else "has begun"
        typer.echo(f"{run} {begun}; `rookery train runs {run}` shows how far it is")
        return
    typer.echo(f"{run}: Ctrl-C ends the looking, not the run")
    patience_s = math.inf if why else None  # whoever was told that nobody is up waits as long as they like
    looks = asking.follow(settings, run, lambda: asking.is_anybody_up(settings, store), patience_s=patience_s)
    try:
        seen = shown(looks)
    except KeyboardInterrupt:
        typer.echo(f"{run} is not ended by that; `rookery train runs {run}` shows how far it is")
        raise typer.Exit(LOOKED_AWAY) from None
    _print(showing.detail(seen))
    if seen.course not in (Course.PROMOTED, Course.CANARY):
        raise typer.Exit(DID_NOT_LEARN)


@train.command()
def runs(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="All that there is to say of one.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every run, the latest first, or one of them: how far it is, what it came to, why, and its figures."""
    import json

    from tasks.training.runs import folder, showing

    settings, _ = _opened()
    if run:
        seen = [showing.see(folder.find(settings.training_dir, run))]
    else:
        seen = list(showing.see_all(settings.training_dir))
    if as_json:
        told = [showing.public(each) for each in seen]
        typer.echo(json.dumps(told[0] if run else told, indent=2))
    else:
        _print(showing.detail(seen[0]) if run else showing.table(seen))


train.add_typer(cli_adapters.app)
train.add_typer(cli_samples.app)
train.add_typer(cli_score.app)


def _opened() -> tuple[Settings, Store]:
    from tasks.contracts.settings import load
    from tasks.jobs.store import Store

    settings = load(None, os.environ)
    return settings, Store.open(settings.redis_url, settings.namespace)


def _print(what: object) -> None:
    from rich.console import Console

    Console().print(what)
