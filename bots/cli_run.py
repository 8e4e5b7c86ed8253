"""`rookery run bot web|discord|telegram|feed|…`: the processes of this room, one each."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

WEB = "web"


class Bots(TyperGroup):
    """The bots that there are: our own, and those that other packages bring along."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all bots, the page first."""
        from bots import registry

        return [WEB, *registry.names()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one bot; a name that nobody has is refused when it is run, with words about those that there are."""
        if cmd_name == WEB:
            return super().get_command(ctx, cmd_name)
        one = typer.Typer(add_completion=False)
        one.command(cmd_name, help=f"Run the {cmd_name} bot.")(lambda: _run(cmd_name))
        return get_command(one)


app = typer.Typer()
bot = typer.Typer(cls=Bots, no_args_is_help=True)
app.add_typer(bot, name="bot", help="Run one bot.")


@bot.callback()
def bots() -> None:
    """Run one bot."""


@bot.command()
def web() -> None:
    """Serve the chat page and its HTTP API."""
    from bots.web.serving import serve

    serve(_settings())


def _run(name: str) -> None:
    from bots import registry, runner

    settings = _settings()
    runner.run(settings, registry.create(name, settings, os.environ))


def _settings() -> Any:
    from tasks.contracts import logsetup, roles
    from tasks.contracts.fleetwatch import load_last_good

    settings = load_last_good(os.environ, roles.BOT)
    logsetup.set_up(settings, os.environ)
    return settings
