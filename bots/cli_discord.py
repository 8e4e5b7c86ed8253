"""`rookery discord`: what one does once before the bot can be let in."""

from __future__ import annotations

import os

import typer

app = typer.Typer()
discord = typer.Typer(no_args_is_help=True)
app.add_typer(discord, name="discord", help="Let the bot into a Discord server.")


@discord.callback()
def about() -> None:
    """Let the bot into a Discord server."""


@discord.command()
def invite() -> None:
    """Print the link that lets the bot into a server, with as few permissions as it needs."""
    from bots.discord import invite as inviting
    from tasks.contracts.errors import ConfigurationError
    from tasks.contracts.settings import load

    settings = load(None, os.environ)
    if not settings.discord_token:
        raise ConfigurationError(
            "DISCORD_TOKEN is not set", next_step="put the bot's token there: docs/howto/discord.md says where it is"
        )
    print(inviting.link(inviting.application_of(settings.discord_token), webhooks=settings.fleet.discord.webhooks))
