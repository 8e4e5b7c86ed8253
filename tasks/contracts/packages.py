"""What other packages bring along: things named in their entry points, found by name and loaded when wanted."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.problems import closest

ENGINES = "rookery.engines"
LISTENERS = "rookery.listeners"
NOTIFIERS = "rookery.notifiers"


def brought(group: str) -> dict[str, EntryPoint]:
    """Return what is brought along in a group of entry points, by name; nothing of it is loaded yet."""
    return _brought(group, tuple(sys.path))


@lru_cache
def _brought(group: str, _path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Look through all that is installed once: that takes a while, and a fleet file is asked for its engines often."""
    return {each.name: each for each in entry_points(group=group)}


def load(group: str, name: str, what: str) -> Any:
    """Return what an entry point names; `what` is what it is, as in `engine`.

    Raises:
        ConfigurationError: no package that is installed here brings it along, or it cannot be imported.
    """
    found = brought(group)
    if name not in found:
        there = f"there are: {', '.join(sorted(found))}" if found else "none is installed"
        hint = closest(name, sorted(found)) or f"install its package into the environment of Rookery; {there}"
        raise ConfigurationError(f"no package brings the {what} {name!r} along", next_step=hint)
    try:
        return found[name].load()
    except (ImportError, AttributeError) as exc:
        raise ConfigurationError(
            f"the {what} {name!r} cannot be loaded from {found[name].value}: {exc}",
            next_step="install its package again, or take it away",
        ) from exc
