"""The link by which somebody lets the bot into their server, with as few permissions as it needs. Pure."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from tasks.contracts.errors import ConfigurationError

AUTHORIZE = "https://discord.com/oauth2/authorize"
SCOPES = "bot applications.commands"
VIEW_CHANNELS, SEND, ATTACH, READ_HISTORY = 1 << 10, 1 << 11, 1 << 15, 1 << 16
MANAGE_WEBHOOKS, SEND_IN_THREADS = 1 << 29, 1 << 38
NEEDED = VIEW_CHANNELS | SEND | SEND_IN_THREADS | ATTACH | READ_HISTORY


def application_of(token: str) -> str:
    """Return the application's number, which is the first part of its bot's token.

    Raises:
        ConfigurationError: it is no token.

    >>> application_of("MTIzNDU2Nzg5MDEyMzQ1Njc4.a.b")
    '123456789012345678'
    """
    first = token.partition(".")[0]
    try:
        number = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except ValueError:
        number = ""
    if not number.isdigit():
        raise ConfigurationError(
            "DISCORD_TOKEN holds no token of a Discord bot",
            next_step="copy it anew from the developer portal, under Bot; the application's other secrets do not work",
        )
    return number


def link(application: str, *, webhooks: bool) -> str:
    """Return the address to open in a browser; with `webhooks` personas may speak under their own names."""
    permissions = NEEDED | (MANAGE_WEBHOOKS if webhooks else 0)
    return f"{AUTHORIZE}?{urlencode({'client_id': application, 'scope': SCOPES, 'permissions': permissions})}"
