"""The tables of `rookery.toml` about chat platforms. Tokens are in none of them: they come from the environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tasks.contracts.fields import Bot, Count, Id, Listed, Name, SocketAddress, WebAddress
from tasks.contracts.messages import Value
from tasks.contracts.sections import Filled, Port, Seconds

MOST_BACKFILLED = 1_000


class Discord(Value):
    """The bot on Discord. Empty lists of people and places leave everybody and everything in."""

    name: Bot = "discord"
    api: WebAddress = ""
    """Of a server that speaks Discord's API; empty: Discord's own."""
    gateway: SocketAddress = ""
    """Of its websocket; empty: the one that the API names."""
    stream: bool = True
    """Whether an answer grows while it is written."""
    webhooks: bool = True
    """Whether personas speak under their own names and pictures, where a channel lets the bot make a webhook."""
    direct: bool = True
    """Whether it answers direct messages."""
    users: Listed[Id] = ()
    roles: Listed[Id] = ()
    """Whoever is in `users` or has one of these may speak."""
    channels: Listed[Id] = ()
    """Of a thread, its parent counts."""
    guilds: Listed[Id] = ()
    blocked: Listed[Id] = ()
    """People who are never answered, whatever else is said."""
    admins: Listed[Id] = ()
    """Who may give orders; empty: nobody."""
    bots: Listed[Id] = ()
    """Bots that may talk to it; all others are never heard."""
    backfill_messages: int = Field(default=50, ge=0, le=MOST_BACKFILLED)
    """Of a channel, read after a gap."""
    backfill_minutes: float = Field(default=30.0, ge=0, le=10_080, allow_inf_nan=False)
    """What is older than this is not answered any more."""
    dry_run: bool = False
    """Everything as usual, and nothing is posted."""


class Telegram(Value):
    """The bot on Telegram. Empty lists leave everybody in."""

    name: Bot = "telegram"
    api: WebAddress = ""
    """Of a server that speaks Telegram's Bot API; empty: Telegram's own."""
    stream: bool = True
    direct: bool = True
    users: Listed[Id] = ()
    chats: Listed[Id] = ()
    blocked: Listed[Id] = ()
    admins: Listed[Id] = ()
    webhook_url: WebAddress = ""
    """Where Telegram is to call; empty: the bot asks Telegram."""
    webhook_bind: Filled = "127.0.0.1"
    webhook_port: Port = 8443
    dry_run: bool = False


class Feed(Value):
    """The bot on a feed of comments that is read over HTTP."""

    name: Bot = "feed"
    url: WebAddress = ""
    channel: Annotated[str, Field(max_length=200)] = ""
    """Which feed of that server."""
    personas: Listed[Name] = ()
    """Who answers there; empty: all that have it among their channels, else all."""
    poll_min_s: Seconds = 2.0
    poll_max_s: Seconds = 60.0
    """Between these two it looks, more often while something happens."""
    batch: int = Field(default=20, ge=1, le=1_000)
    """Comments that are read at once."""
    dry_run: bool = False


class Limits(Value):
    """How many messages are answered, by whom and where they come from. 0: no bound."""

    user_minute: Count = 0
    user_hour: Count = 0
    user_day: Count = 0
    channel_minute: Count = 0
    channel_hour: Count = 0
    channel_day: Count = 0
    persona_minute: Count = 0
    persona_hour: Count = 0
    persona_day: Count = 0
    all_minute: Count = 0
    all_hour: Count = 0
    all_day: Count = 0
    channel_in_flight: Count = 8
    """Unanswered messages of a channel or chat; one more is declined at once."""
    all_in_flight: Count = 0
    """The same for all platforms together."""
