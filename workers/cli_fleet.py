"""`rookery invite`, `join` and `host`: a flock of several machines, and what each host of it shall do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.contracts.settings import Settings
    from tasks.jobs.fleet_values import Word
    from tasks.jobs.store import Store

app = typer.Typer()
host = typer.Typer(no_args_is_help=True)
app.add_typer(host, name="host", help="Look at hosts, and say what each shall do.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The host's name in rookery.toml.")]
Engine = Annotated[str, typer.Option(help="Its engine, such as lmstudio+http://127.0.0.1:1234. Left out: llamacpp.")]
Models = Annotated[str, typer.Option(help="What it may hold, with commas between. Left out: all that it can.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def invite(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="What the flock will call the other machine.")] = "",
    engine: Engine = "",
    models: Models = "",
    expires: Annotated[str, typer.Option(help="How long the line is good for, such as 30m or 2d.")] = "1h",
    address: Annotated[str, typer.Option(help="Where it reaches this machine, if not where Redis listens.")] = "",
    listed: Annotated[bool, typer.Option("--list", help="Show who was invited and who has joined.")] = False,
    revoke: Annotated[str, typer.Option(metavar="NAME", help="Let a machine in no more, at once.")] = "",
) -> None:
    """Let another machine join: prints the one line to paste there."""
    from rich.console import Console

    from workers.fleet import inviting, telling
    from workers.fleet.invitation import checked_name, seconds

    settings, store = _ledger()
    if listed:
        Console().print(telling.machines_table(inviting.standings(store)))
    elif revoke:
        inviting.revoke(store, revoke)
        typer.echo(f"{revoke} is let in no more. Its [[host]] entries are still in {settings.source}.")
    else:
        machine, life_s = checked_name(name or _next_name(store)), seconds(expires)
        inviting.refuse_closed(settings)
        added = _entry(settings, machine, engine, models)
        telling.tell_invitation(inviting.invite(settings, store, machine, life_s, address), machine, expires, added)


@app.command()
def join(
    word: Annotated[
        str, typer.Argument(metavar="[TOKEN]", help="What `rookery invite` printed; left out, it is read from stdin.")
    ] = "",
    config: Annotated[Path | None, typer.Option(help="The rookery.toml of this machine, if it has one.")] = None,
) -> None:
    """Make this machine one of the flock that invited it; `rookery up` then runs its hosts."""
    import sys

    from setproctitle import setproctitle

    from tasks.contracts.settings import load
    from workers.fleet import joining, telling
    from workers.fleet.invitation import read

    setproctitle("rookery join")  # what was pasted is none of the business of others on this machine
    invitation = read(word or sys.stdin.readline())
    joined = joining.join(invitation, load(config, os.environ), typer.echo)
    telling.tell_joined(joined, load(config, os.environ))


@host.command("list")
def list_hosts(as_json: AsJson = False) -> None:
    """List the hosts of the fleet file: where each runs, whether it is up, what it was told."""
    import dataclasses
    import json

    from rich.console import Console

    from tasks.contracts.errors import RetryableError
    from tasks.jobs import fleet_moves
    from workers.fleet import telling

    settings, store = _ledger()
    try:
        seen = {each.name: each for each in store.run(fleet_moves.status()).hosts}
        words = {each.name: store.run(fleet_moves.control(each.name)) for each in settings.fleet.hosts}
    except RetryableError:
        seen, words = {}, {}
        typer.echo("Redis is away: what follows is the file alone.", err=True)
    rows = telling.host_rows(settings, seen, words)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))
    else:
        Console().print(telling.hosts_table(rows))


@host.command()
def drain(name: Name) -> None:
    """Have a host finish what it has in hand and give its models back; it takes nothing new until `resume`."""
    from tasks.jobs.fleet_values import Word

    _control(name, Word.DRAIN, "finishes what it has in hand and takes nothing new")


@host.command()
def pause(name: Name) -> None:
    """Have a host take nothing new and keep its models in memory, until `resume`."""
    from tasks.jobs.fleet_values import Word

    _control(name, Word.PAUSE, "takes nothing new and keeps its models")


@host.command()
def resume(name: Name) -> None:
    """Have a host work again."""
    from tasks.jobs.fleet_values import Word

    _control(name, Word.RUN, "works again")


@host.command()
def add(
    name: Name,
    engine: Engine = "",
    models: Models = "",
    agent: Annotated[str, typer.Option(help="The machine that runs its agent. Left out: this one.")] = "",
    memory_gib: Annotated[float | None, typer.Option(help="What models may take there in all.")] = None,
) -> None:
    """Put a host into rookery.toml, if that holds together; a flock that runs takes it up at once."""
    from workers.fleet.editing import add_host

    settings = _owned()
    file = _file(settings)
    entry = {"engine": engine, "models": _names(models), "agent": agent, "memory_gib": memory_gib}
    add_host(file, name, entry)
    typer.echo(f"{name} is in {file}.")


@host.command()
def remove(name: Name) -> None:
    """Take a host out of rookery.toml; where it runs it finishes what it has in hand and leaves."""
    from workers.fleet.editing import remove_host

    file = _file(_owned())
    remove_host(file, name)
    typer.echo(f"{name} is out of {file}.")


def _control(name: str, word: Word, so: str) -> None:
    from tasks.contracts.errors import UnknownThing
    from tasks.jobs import fleet_moves

    settings, store = _ledger()
    settings.fleet.host(name)
    if store.run(fleet_moves.control(name, word)) is None:
        raise UnknownThing(f"host {name!r} has never been up", next_step=f"start it with `rookery run host {name}`")
    typer.echo(f"{name} {so}.")


def _entry(settings: Settings, machine: str, engine: str, models: str) -> str:
    """Put a host of the new machine into the file, unless it has one; return the file where that was done."""
    from workers.fleet.editing import add_host

    if any(each.agent == machine for each in settings.fleet.hosts):
        return ""
    file = _file(_owned())
    add_host(file, machine, {"agent": machine, "engine": engine, "models": _names(models)})
    return str(file)


def _next_name(store: Store) -> str:
    from tasks.jobs import fleet_file

    taken = {machine.name for machine in store.run(fleet_file.machines())}
    return next(name for name in (f"machine-{number}" for number in range(2, 10_000)) if name not in taken)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _owned() -> Settings:
    from tasks.contracts.errors import ConfigurationError
    from tasks.contracts.settings import load

    settings = load(None, os.environ)
    if settings.machine:
        raise ConfigurationError(
            f"this machine joined a flock as {settings.machine!r}; the fleet file is elsewhere",
            next_step="do that on the machine that has it",
        )
    return settings


def _file(settings: Settings) -> Path:
    from tasks.contracts.settings import DEFAULT_FILE, DEFAULTS

    return Path(DEFAULT_FILE if settings.source == DEFAULTS else settings.source).absolute()


def _ledger() -> tuple[Settings, Store]:
    from tasks.contracts.settings import load
    from tasks.jobs.store import Store

    settings = load(None, os.environ)
    return settings, Store.open(settings.redis_url, settings.namespace)
