"""`rookery persona`: who there is, how they are, and who takes no messages for a while."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.contracts.settings import Settings
    from tasks.jobs.store import Store

app = typer.Typer()
persona = typer.Typer(no_args_is_help=True)
app.add_typer(persona, name="persona", help="Look at personas, and disable one for a while.")
WHO = "the command"
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Name = Annotated[str, typer.Argument(help="A name, as `rookery persona list` shows it.", show_default=False)]


@app.callback()
def room() -> None:
    """Hold the verb below; an app of one command would be that command itself."""


@persona.command("list")
def list_personas(as_json: AsJson = False) -> None:
    """List every persona: its model, where it is written down, and whether it takes messages."""
    import json

    from rich.console import Console

    from bots import personas_view
    from tasks.jobs import roster

    settings, store = _opened()
    states = store.run(roster.state())
    if as_json:
        typer.echo(json.dumps(personas_view.listed(settings, states), indent=2))
    else:
        Console().print(personas_view.table(settings, states))


@persona.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show all that one persona is, with what is in its workspace, and what is known of it."""
    import json

    from rich.console import Console

    from bots import personas_view
    from tasks.jobs import roster

    settings, store = _opened()
    found = settings.fleet.persona(name)
    states = store.run(roster.state())
    if as_json:
        typer.echo(json.dumps(personas_view.public(found, settings, states), indent=2))
    else:
        Console().print(personas_view.page(found, settings, states))


@persona.command()
def disable(
    name: Name, why: Annotated[str, typer.Argument(help="The reason; people are told.", show_default=False)]
) -> None:
    """Let a persona take no more messages, on all machines; what it has in hand is finished."""
    from tasks.jobs import roster

    settings, store = _opened()
    found = settings.fleet.persona(name)
    fresh = store.run(roster.disable(found.name, why, WHO))
    typer.echo(
        f"{found.name} takes no more messages" if fresh else f"{found.name} was disabled before; the reason is new"
    )


@persona.command()
def enable(name: Name) -> None:
    """Let a persona take messages again."""
    from tasks.jobs import roster

    settings, store = _opened()
    gone = name in store.run(roster.disabled())  # it may be in no file any more
    found = name if gone else settings.fleet.persona(name).name
    told = "takes messages again" if store.run(roster.enable(found)) else "was not disabled"
    if any(known.name == found and not known.enabled for known in settings.fleet.personas):
        told += f", but {roster.BY_FILE}"
    typer.echo(f"{found} {told}")


def _opened() -> tuple[Settings, Store]:
    from tasks.contracts.settings import load
    from tasks.jobs.store import Store

    settings = load(None, os.environ)
    return settings, Store.open(settings.redis_url, settings.namespace)
