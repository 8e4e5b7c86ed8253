"""Messages that wait behind one that the ledger did not take: whoever said them is told so at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import discord

Excuse = Callable[[discord.Message], Coroutine[Any, Any, None]]
EVERYWHERE = 0  # instead of a channel: nothing is taken in anywhere


class Waiting:
    """Who waits, and where nothing goes on."""

    def __init__(self, excuse: Excuse) -> None:
        self._excuse = excuse
        self._messages: dict[int, discord.Message] = {}
        self._stuck: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, message: discord.Message) -> None:
        """Note that a message waits for its turn."""
        self._messages[message.id] = message
        if self._stuck & {EVERYWHERE, message.channel.id}:
            self._tell(message)

    def end(self, message: discord.Message) -> None:
        """Note that it has its turn, or was given up."""
        self._messages.pop(message.id, None)

    def stop(self, channel: int = EVERYWHERE) -> None:
        """Note that nothing goes on in a channel, or anywhere."""
        if channel in self._stuck:
            return
        self._stuck.add(channel)
        for message in list(self._messages.values()):
            if channel in (EVERYWHERE, message.channel.id):
                self._tell(message)

    def go_on(self, channel: int = EVERYWHERE) -> None:
        """Note that it goes on."""
        self._stuck.discard(channel)

    def _tell(self, message: discord.Message) -> None:
        task = asyncio.create_task(self._excuse(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
