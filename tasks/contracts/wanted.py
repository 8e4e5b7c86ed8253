"""Which bots somebody has given a token or an address, and what each needs besides. Pure but for a look at packages."""

from __future__ import annotations

import importlib.util

from tasks.contracts.entries import Host
from tasks.contracts.environment import DISCORD_TOKEN, TELEGRAM_TOKEN
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings

DISCORD, TELEGRAM, FEED = "discord", "telegram", "feed"
OURS = (DISCORD, TELEGRAM, FEED)
#: A module of the library that each is written with.
LIBRARIES = {DISCORD: "discord", TELEGRAM: "aiohttp", FEED: "aiohttp"}
ASKED_FOR = {DISCORD: DISCORD_TOKEN, TELEGRAM: TELEGRAM_TOKEN, FEED: "ROOKERY_FEED_URL"}
EXTRA = "in the folder of Rookery: .venv/bin/pip install -e '.[bots]'"
MEMORY_EXTRA = EXTRA.replace("[bots]", "[memory]")
TRAINING_EXTRA = EXTRA.replace("[bots]", "[training]")
FOR_TRAINING = ("torch", "transformers", "peft", "datasets", "accelerate", "tensorboard", "rouge_score")
TRAIN = "train"
"""The label of hosts on whose machines what people said may be learned from."""
FIRST = "the machine that has the fleet file"
FOR_MEMORY = ("qdrant_client", "qdrant_edge", "Stemmer")


def wanted(settings: Settings) -> tuple[str, ...]:
    """Return the bots that have what it takes to connect."""
    given = {DISCORD: settings.discord_token, TELEGRAM: settings.telegram_token, FEED: settings.fleet.feed.url}
    return tuple(bot for bot in OURS if given[bot])


def is_installed(bot: str) -> bool:
    """Return whether the library of a bot is there."""
    return importlib.util.find_spec(LIBRARIES[bot]) is not None


def remembers(settings: Settings) -> bool:
    """Return whether a persona is to remember what was said."""
    return any(persona.enabled and settings.fleet.remembers(persona) for persona in settings.fleet.personas)


def missing_for_memory() -> tuple[str, ...]:
    """Return the modules that memory needs and that are not installed."""
    return tuple(name for name in FOR_MEMORY if importlib.util.find_spec(name) is None)


def no_memory(missing: tuple[str, ...]) -> ConfigurationError:
    """Return the error for memories without their packages."""
    return ConfigurationError(
        f"memory needs packages that are not installed: {', '.join(missing)}", next_step=MEMORY_EXTRA
    )


def learns(settings: Settings) -> bool:
    """Return whether a persona is to learn from what was said."""
    return any(persona.enabled and settings.fleet.learns(persona) for persona in settings.fleet.personas)


def missing_for_training() -> tuple[str, ...]:
    """Return the modules that training needs and that are not installed."""
    return tuple(name for name in FOR_TRAINING if importlib.util.find_spec(name) is None)


def no_training(missing: tuple[str, ...]) -> ConfigurationError:
    """Return the error for training without its packages."""
    return ConfigurationError(
        f"training needs packages that are not installed: {', '.join(missing)}", next_step=TRAINING_EXTRA
    )


def trains_here(settings: Settings) -> bool:
    """Return whether this machine may have what personas learn from: samples, and all that is in the folders of runs.

    Where hosts are labelled `train`, the machines of those may and no other; else the one that has the fleet file.
    """
    able = _hosts_that_train(settings)
    return any(map(settings.belongs_here, able)) if able else not settings.machine


def not_trained_here(settings: Settings) -> ConfigurationError:
    """Return the error for a machine to which nothing that people said may come to be learned from."""
    able = _hosts_that_train(settings)
    where = " and ".join(sorted({host.agent or FIRST for host in able})) if able else FIRST
    return ConfigurationError(
        f"nothing may be learned from on this machine: no host of it is labelled for that; {where} trains",
        next_step=f'run `rookery train` and `rookery run training` there, or add "{TRAIN}" to the `labels` of a host '
        "whose agent runs here",
    )


def _hosts_that_train(settings: Settings) -> list[Host]:
    return [host for host in settings.fleet.hosts if host.enabled and not host.cloud and TRAIN in host.labels]


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
