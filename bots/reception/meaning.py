"""Whether a message is meant for the bot, as far as it says so itself. Pure."""

from __future__ import annotations

from bots import commands
from bots.listening.company import company_of
from bots.platform import Heard
from tasks.contracts.fleet import Fleet


def is_addressed(heard: Heard) -> bool:
    """Return whether the platform says that a message is for the bot."""
    return heard.direct or heard.mentioned or heard.replied_to_us or bool(heard.persona)


def is_called(heard: Heard, fleet: Fleet) -> bool:
    """Return whether a message is for the bot, or one of its personas is called by name in it."""
    if is_addressed(heard):
        return True
    written = commands.parse(heard.text)
    asked = written is not None and not written.to and written.name in commands.NAMES
    return asked or bool(company_of(fleet).called(heard.text))
