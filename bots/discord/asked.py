"""Interactions that were taken up and not yet carried out: a bot that dies in between takes them up again.

Discord sends an interaction once, and shows "is thinking" for fifteen minutes: nobody else would ever end that.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from bots.platform import Place
from bots.reception.values import Command
from tasks.jobs import bookmarks
from tasks.jobs.store import AsyncStore

PREFIX = "asked:"


async def keep(store: AsyncStore, command: Command) -> None:
    """Keep a command until it is done. Raises StoreUnavailable."""
    told = asdict(command) | {"roles": sorted(command.roles)}
    await store.run(bookmarks.put(command.bot, PREFIX + command.message, json.dumps(told)))


async def done(store: AsyncStore, command: Command) -> None:
    """Forget it. Raises StoreUnavailable."""
    await store.run(bookmarks.forget(command.bot, PREFIX + command.message))


async def left(store: AsyncStore, bot: str) -> list[Command]:
    """Return the commands that an earlier process did not get done, the oldest first. Raises StoreUnavailable."""
    marks = await store.run(bookmarks.get_many(bot))
    return sorted((_read(told) for name, told in marks.items() if name.startswith(PREFIX)), key=lambda one: one.at_ms)


def _read(told: str) -> Command:
    said = json.loads(told)
    return Command(**said | {"place": Place(**said["place"]), "roles": frozenset(said["roles"])})
