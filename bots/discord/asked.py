"""Interactions that were taken up and not yet carried out: a bot that dies in between takes them up again.

Discord sends an interaction once, and shows "is thinking" for fifteen minutes: nobody else would ever end that.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from bots.reception.values import Command
from tasks.jobs import bookmarks
from tasks.jobs.store import AsyncStore

PREFIX = "asked:"
KEPT = TypeAdapter(Command)


async def keep(store: AsyncStore, command: Command) -> None:
    """Keep a command until it is done. Raises StoreUnavailable."""
    told = KEPT.dump_json(command).decode()
    await store.run(bookmarks.put(command.said.bot, PREFIX + command.said.message, told))


async def done(store: AsyncStore, command: Command) -> None:
    """Forget it. Raises StoreUnavailable."""
    await store.run(bookmarks.forget(command.said.bot, PREFIX + command.said.message))


async def left(store: AsyncStore, bot: str) -> list[Command]:
    """Return the commands that an earlier process did not get done, the oldest first. Raises StoreUnavailable."""
    marks = await store.run(bookmarks.get_many(bot))
    kept = [KEPT.validate_json(told) for name, told in marks.items() if name.startswith(PREFIX)]
    return sorted(kept, key=lambda one: one.said.at_ms)
