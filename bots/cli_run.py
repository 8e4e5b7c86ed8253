"""`rookery run bot web`: the processes of this room, one each."""

from __future__ import annotations

import os

import typer

app = typer.Typer()
bot = typer.Typer(no_args_is_help=True)
app.add_typer(bot, name="bot", help="Run one bot.")


@bot.callback()
def bots() -> None:
    """Run one bot."""


@bot.command()
def web() -> None:
    """Serve the chat page and its HTTP API."""
    from bots.web_bot import serve
    from tasks.contracts import logsetup, roles
    from tasks.contracts.fleetwatch import load_last_good

    settings = load_last_good(os.environ, roles.BOT)
    logsetup.set_up(settings, os.environ)
    serve(settings)
