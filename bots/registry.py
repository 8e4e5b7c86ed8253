"""Which bots there are: our own, and those that other packages bring along in the entry points `rookery.bots`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from bots.runner import GROUP, Adapter, Factory
from tasks.contracts import wanted
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.problems import closest
from tasks.contracts.settings import Settings

OWN = {
    wanted.DISCORD: "bots.discord.adapter:create",
    wanted.TELEGRAM: "bots.telegram.adapter:make",
    wanted.FEED: "bots.feed.adapter:create",
}


def names() -> list[str]:
    """Return what bots there are to run, our own first."""
    return [*OWN, *sorted(_foreign().keys() - OWN.keys())]


def create(name: str, settings: Settings, environ: Mapping[str, str]) -> Adapter:
    """Return the adapter of a bot.

    Raises:
        ConfigurationError: there is no such bot, its library is not installed, or it was not told how to connect.
    """
    if name in OWN:
        _refuse_what_cannot_connect(name, settings)
    return _factory(name)(settings, environ)


def _refuse_what_cannot_connect(name: str, settings: Settings) -> None:
    if name not in wanted.wanted(settings):
        raise wanted.not_told(name)
    if not wanted.is_installed(name):
        raise wanted.not_installed(name)


def _factory(name: str) -> Factory:
    if name in OWN:
        module, _, attribute = OWN[name].partition(":")
        found: Factory = getattr(importlib.import_module(module), attribute)
        return found
    foreign = _foreign()
    if name not in foreign:
        hint = closest(name, names()) or f"there are: {', '.join(names())}"
        raise ConfigurationError(f"there is no bot {name!r}", next_step=hint)
    try:
        loaded: Factory = foreign[name].load()
    except (ImportError, AttributeError) as exc:
        raise ConfigurationError(
            f"the bot {name!r} cannot be loaded from {foreign[name].value}: {exc}",
            next_step="install its package again, or take it away",
        ) from exc
    return loaded


def _foreign() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=GROUP)}
