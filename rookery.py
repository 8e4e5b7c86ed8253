"""The front door: the `rookery` command. It names the verbs; each room holds its own, imported when it is used."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from tasks.contracts.errors import RookeryError
from tasks.contracts.masking import mask

EXIT_ERROR, EXIT_INTERRUPTED = 2, 130
VERBS = {
    "bots.cli": ("ask", "chat"),
    "bots.cli_persona": ("persona",),
    "bots.cli_discord": ("discord",),
    "bots.cli_key": ("key",),
    "tasks.cli": ("status", "job"),
    "tasks.cli_config": ("config",),
    "tasks.cli_import": ("import",),
    "workers.cli": ("up", "down", "doctor", "models"),
    "workers.cli_fleet": ("invite", "join", "host"),
    "workers.cli_storage": ("storage",),
    "workers.cli_backup": ("backup", "restore"),
    "tasks.cli_check": ("fleet",),
    "tasks.cli_memory": ("memory",),
    "tasks.cli_train": ("train",),
    "tasks.cli_transcript": ("transcript",),
    "tasks.cli_notify": ("notify",),
}
ROOMS = {verb: room for room, verbs in VERBS.items() for verb in verbs}
OF_WORKERS = ("host", "gate", "upkeep", "memory", "training", "listener", "beat", "flower")
PROCESSES = {**dict.fromkeys(OF_WORKERS, "workers.cli_run"), "bot": "bots.cli_run"}


class Verbs(TyperGroup):
    """Commands that are looked up in their rooms when they are asked for, so that `--help` stays quick."""

    rooms = ROOMS

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the verbs in the order of the table."""
        return [*self.rooms, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one verb, fetched from its room."""
        if cmd_name not in self.rooms:
            return super().get_command(ctx, cmd_name)
        room: Any = get_command(importlib.import_module(self.rooms[cmd_name]).app)
        return room.commands[cmd_name]


class Processes(Verbs):
    """The processes that `rookery run` knows."""

    rooms = PROCESSES


app = typer.Typer(cls=Verbs, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
run = typer.Typer(cls=Processes, no_args_is_help=True)
app.add_typer(run, name="run", help="Run one process of a deployment; `rookery up` runs them all.")


@app.callback()
def rookery() -> None:
    """Keep a flock of language models on machines you own, and talk to them."""


@run.callback()
def on_a_leash() -> None:
    """Run one process of a deployment; it ends with the process that started it, if that keeps it on a leash."""
    from workers.supervision import leash

    leash.watch()


def main() -> None:
    """Run the command; errors of ours are told in two lines, never as a traceback."""
    try:
        app()
    except RookeryError as exc:
        typer.secho(f"rookery: {mask(exc.message)}", fg="red", err=True)
        if exc.next_step:
            typer.secho(f"  → {mask(exc.next_step)}", err=True)
        sys.exit(EXIT_ERROR)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
