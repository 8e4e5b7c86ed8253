"""`rookery memory`: what is remembered of people, for whoever runs the flock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.contracts.wishes import Wish, WishKind
    from tasks.jobs.gateway import Gateway

app = typer.Typer()
memory = typer.Typer(no_args_is_help=True)
app.add_typer(memory, name="memory", help="See what is remembered of somebody, add to it, have it forgotten.")
Person = Annotated[
    str, typer.Option("--person", "-p", help="PLATFORM:ID; web:local uses the page here, terminal:operator a terminal.")
]
HERE = "web:local"


@memory.command("list")
def list_memories(
    about: Annotated[str, typer.Argument(help="Only what holds all of these words.")] = "",
    person: Person = HERE,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="So many of the latest.")] = 20,
    after: Annotated[str, typer.Option(help="Go on where another list ended.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what is remembered of a person, the latest first."""
    typer.echo(_granted("list", person, about=about, limit=limit, after=after, as_json=as_json))


@memory.command()
def remember(
    what: Annotated[str, typer.Argument(help="What the person said of themselves.")],
    person: Person = HERE,
    persona: Annotated[str, typer.Option(help="Who is to know it; empty: every persona.")] = "",
) -> None:
    """Have something remembered of a person, for where they are alone with a persona."""
    typer.echo(_granted("remember", person, about=what, persona=persona))


@memory.command()
def forget(
    what: Annotated[str, typer.Argument(help="What holds all of these words goes; `everything` is all there is.")],
    person: Person = HERE,
    ids: Annotated[bool, typer.Option("--ids", help="The words are ids, as `list --json` tells them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget what is remembered of a person: memories, transcript, and wherever else it stands."""
    everything = what.strip().lower() == "everything" and not ids
    if everything and not yes:
        typer.confirm(f"Forget everything that {person} ever said, for good?", abort=True)
    chosen = tuple(what.split()) if ids else ()
    typer.echo(_granted("forget", person, about="" if everything or ids else what, ids=chosen))


@memory.command()
def export(person: Person = HERE) -> None:
    """Print every memory of a person as a line of JSON."""
    typer.echo(_granted("export", person))


@memory.command()
def tidy(week: Annotated[bool, typer.Option("--week", help="What Sundays do, too.")] = False) -> None:
    """Have the memories looked through now, as every night."""
    from tasks.memory.tiers import rounds

    store = _gateway().store
    for which in (rounds.Round.DAY, rounds.Round.WEEK) if week else (rounds.Round.DAY,):
        rounds.ask(store, which)
    typer.echo("asked for; the memory worker does it as soon as it can, and its log says what it did")


def _granted(kind: WishKind, person: str, *, persona: str = "", **wanted: object) -> str:
    """Have a wish granted and return what is said of it. Raises MemoryUnavailable: nobody is there who could."""
    import secrets

    from tasks.contracts.errors import BadInput, MemoryUnavailable
    from tasks.contracts.jobs import Outcome
    from tasks.contracts.wishes import Wish, request_for
    from tasks.jobs import remembering

    platform, colon, number = person.partition(":")
    if not (platform and colon and number):
        raise BadInput(f"{person!r} is nobody", next_step="a person is PLATFORM:ID, such as discord:123 or web:local")
    wish: Wish = Wish.model_validate({"kind": kind, **wanted})
    gateway = _gateway()
    if not gateway.store.run(remembering.somebody()):
        raise MemoryUnavailable("nobody is up who remembers", next_step=remembering.ADVICE)
    view = gateway.ask(request_for(wish, f"memory-{secrets.token_hex(8)}", person, persona=persona, direct=True))
    if view.outcome is not Outcome.REPLY:
        raise MemoryUnavailable(view.text, next_step=f"`rookery job explain {view.job}` says more")
    return view.text


def _gateway() -> Gateway:
    from tasks.contracts.settings import load
    from tasks.jobs.gateway import Gateway
    from tasks.jobs.store import Store

    settings = load(None, os.environ)
    return Gateway(Store.open(settings.redis_url, settings.namespace))
