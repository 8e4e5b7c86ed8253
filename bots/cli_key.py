"""`rookery key`: who may use the page and the HTTP API from elsewhere, and for what."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.jobs.store import Store

app = typer.Typer()
key = typer.Typer(no_args_is_help=True)
app.add_typer(key, name="key", help="Make, list and revoke the keys of the HTTP API.")
DAY_S = 86_400
MOST_DAYS = 3_650
SCOPES = "What it is good for: chat, embed, ingest, read or admin, which is all of it. May be given several times."


@app.callback()
def room() -> None:
    """Hold the verb below; an app of one command would be that command itself."""


@key.command()
def new(
    name: Annotated[str, typer.Argument(help="Who or what it is for.", show_default=False)],
    scope: Annotated[list[str] | None, typer.Option(help=SCOPES, show_default="chat")] = None,
    days: Annotated[float, typer.Option(min=0, max=MOST_DAYS, help="Good for so long; 0 is for ever.")] = 0,
    per_minute: Annotated[int, typer.Option(min=0, max=100_000, help="Jobs that may be asked for; 0: any.")] = 0,
    per_hour: Annotated[int, typer.Option(min=0, max=100_000, help="The same in an hour.")] = 0,
    per_day: Annotated[int, typer.Option(min=0, max=100_000, help="The same in a day.")] = 0,
    at_once: Annotated[int, typer.Option(min=0, max=100_000, help="Jobs that may be unanswered; 0: any.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make a key and print it, for this one time: nobody can look it up afterwards."""
    import json

    from bots import keys_view
    from tasks.contracts.errors import BadInput
    from tasks.jobs import keys
    from tasks.jobs.keys import Key, Limits

    secret, key_id = keys.fresh()
    limits = Limits(per_minute, per_hour, per_day, at_once)
    made = Key(key_id, name, keys_view.scopes_of(scope or ["chat"]), limits)
    if not _store().run(keys.add(made, secret, days * DAY_S)):
        raise BadInput(f"there is a key {name!r} already", next_step="choose another name, or revoke that one")
    if as_json:
        typer.echo(json.dumps({"key": secret, **keys_view.public(made)}, indent=2))
        return
    typer.echo(secret)
    typer.secho(f"  {name} ({key_id}): {keys_view.worded(made)}", dim=True, err=True)
    typer.secho("  It is shown this once. Send it as `Authorization: Bearer KEY`.", dim=True, err=True)


@key.command("list")
def list_keys(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """List the keys that there are, what each is good for, and when it was used last."""
    import json

    from rich.console import Console

    from bots import keys_view
    from tasks.jobs import keys

    ring = _store().run(keys.every())
    if as_json:
        typer.echo(json.dumps([keys_view.public(each) for each in ring.keys], indent=2))
    else:
        Console().print(keys_view.table(ring))


@key.command()
def revoke(name: Annotated[str, typer.Argument(help="The name of the key, or its id.", show_default=False)]) -> None:
    """Take a key out of use; within two seconds it opens nothing any more."""
    from tasks.contracts.errors import UnknownThing
    from tasks.jobs import keys

    if not _store().run(keys.revoke(name)):
        raise UnknownThing(f"there is no key {name!r}", next_step="`rookery key list` shows those that there are")
    typer.echo(f"{name} opens nothing any more")


def _store() -> Store:
    from tasks.contracts.settings import load
    from tasks.jobs.store import Store

    settings = load(None, os.environ)
    return Store.open(settings.redis_url, settings.namespace)
