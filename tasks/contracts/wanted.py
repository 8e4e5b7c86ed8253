"""Which bots somebody has given a token or an address, and what each needs besides. Pure but for a look at packages."""

from __future__ import annotations

import importlib.util

from tasks.contracts.environment import DISCORD_TOKEN, TELEGRAM_TOKEN
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings

DISCORD, TELEGRAM, FEED = "discord", "telegram", "feed"
OURS = (DISCORD, TELEGRAM, FEED)
#: A module of the library that each is written with.
LIBRARIES = {DISCORD: "discord", TELEGRAM: "aiohttp", FEED: "aiohttp"}
ASKED_FOR = {DISCORD: DISCORD_TOKEN, TELEGRAM: TELEGRAM_TOKEN, FEED: "ROOKERY_FEED_URL"}
EXTRA = "in the folder of Rookery: .venv/bin/pip install -e '.[bots]'"


def wanted(settings: Settings) -> tuple[str, ...]:
    """Return the bots that have what it takes to connect."""
    given = {DISCORD: settings.discord_token, TELEGRAM: settings.telegram_token, FEED: settings.fleet.feed.url}
    return tuple(bot for bot in OURS if given[bot])


def is_installed(bot: str) -> bool:
    """Return whether the library of a bot is there."""
    return importlib.util.find_spec(LIBRARIES[bot]) is not None


def not_installed(bot: str) -> ConfigurationError:
    """Return the error for a bot whose library is not there."""
    return ConfigurationError(f"the {bot} bot needs packages that are not installed", next_step=EXTRA)


def not_told(bot: str) -> ConfigurationError:
    """Return the error for a bot that was not told how to connect; it names the variable."""
    variable = ASKED_FOR[bot]
    where = (
        "or `url` in [feed] of rookery.toml" if bot == FEED else f"or {variable}_FILE, which names a file that holds it"
    )
    return ConfigurationError(
        f"the {bot} bot cannot start: {variable} is not set", next_step=f"set {variable}, {where}"
    )
