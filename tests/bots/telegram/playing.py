"""Helpers of the tests of the Telegram bot: a desk that a test plays by hand, and ways to wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

from bots.delivery.manners import Manners
from bots.platform import Heard
from bots.reception.values import Accepted, Command, Ignored, Told, Verdict
from bots.runner import House
from bots.telegram.adapter import TelegramBot
from bots.telegram.api import Api
from tasks.contracts.settings import Settings
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore
from tests.emulators.telegram.emulator import TOKEN, Emulator

T = TypeVar("T")
LOOK_S = 0.005
PATIENCE_S = 10.0


def run(work: Awaitable[T]) -> T:
    """Run something that takes no longer than a test may."""

    async def bounded() -> T:
        async with asyncio.timeout(PATIENCE_S):
            return await work

    return asyncio.run(bounded())


async def until(look: Callable[[], Any], what: str = "") -> Any:
    """Wait for something to be so, and return it."""
    for _ in range(int(PATIENCE_S / LOOK_S)):
        if seen := look():
            return seen
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"waited in vain for {what or look}")


@contextlib.asynccontextmanager
async def going(work: Awaitable[Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Have something go on while the block runs."""
    task = asyncio.ensure_future(work)
    try:
        yield cast("asyncio.Task[Any]", task)
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (exc := task.exception()) is not None:
            raise exc


@contextlib.asynccontextmanager
async def api_of(telegram: Emulator, token: str = TOKEN) -> AsyncIterator[Api]:
    """Open a way to the emulated Telegram."""
    async with Api(token, telegram.url) as api:
        yield api


class PlayedDesk:
    """A desk that writes down what it is told, and answers as the test wants."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.commands: list[Command] = []
        self.excused: list[Heard] = []
        self.verdict: Callable[[Heard | Command], Verdict] = lambda _said: Ignored("the test says so")
        self.admitted = True

    async def hear(self, heard: Heard) -> Verdict:
        """Take in a message."""
        self.heard.append(heard)
        return self.verdict(heard)

    async def command(self, command: Command) -> Verdict:
        """Carry out a command."""
        self.commands.append(command)
        return self.verdict(command)

    def excuse(self, heard: Heard) -> Verdict:
        """Say of a message that it has to wait."""
        self.excused.append(heard)
        return Told("It waits.", again=True)

    def admits(self, _heard: Heard) -> bool:
        """Return whether somebody may speak."""
        return self.admitted


def accepted(said: Heard | Command) -> Verdict:
    """Say that a job was made."""
    return Accepted("job", "Ada", said.said.place if isinstance(said, Command) else said.place)


def house_of(settings: Settings, desk: PlayedDesk, store: AsyncStore | None = None) -> House:
    """Return a house with nobody but the played desk in it, and the ledger where there is one."""
    ledger = cast("AsyncStore", store)
    gateway = AsyncGateway(ledger) if store else cast("AsyncGateway", None)
    return House(lambda: settings, desk, gateway, ledger, Manners)


@contextlib.asynccontextmanager
async def bot_of(settings: Settings, desk: PlayedDesk, store: AsyncStore | None = None) -> AsyncIterator[TelegramBot]:
    """Have the bot run."""
    bot = TelegramBot(settings)
    async with going(bot.run(house_of(settings, desk, store))):
        yield bot
