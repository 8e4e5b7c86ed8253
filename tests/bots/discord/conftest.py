"""The bot's adapter on the emulated Discord, with the real ledger below it and a reception that a test plays."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.delivery.manners import Manners
from bots.discord import client as clients
from bots.discord.adapter import DiscordBot
from bots.platform import Heard, Outgoing, Place
from bots.reception.values import Command, Ignored, Told, Verdict
from bots.runner import House, serve
from tasks.contracts.settings import Settings, load
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore
from tests.bots.conftest import eventually
from tests.emulators.discord.server import Emulator

PATIENCE_S = 20.0
ROUNDS = 5
FLEET = """
[discord]
api = "{api}"
gateway = "{gateway}"
{more}
"""


class FakeDesk:
    """A reception that notes what it hears, and says what the test wants."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.commands: list[Command] = []
        self.excused: list[Heard] = []
        self.says: Callable[[Heard | Command], Verdict] = lambda _said: Ignored("only noted")
        self.strangers: set[str] = set()

    async def hear(self, heard: Heard) -> Verdict:
        self.heard.append(heard)
        return self.says(heard)

    async def command(self, command: Command) -> Verdict:
        self.commands.append(command)
        return self.says(command)

    def excuse(self, heard: Heard) -> Verdict:
        """Say of a message that it has to wait."""
        self.excused.append(heard)
        return Told("It waits.", again=True)

    def admits(self, heard: Heard) -> bool:
        return heard.user not in self.strangers

    def texts(self) -> list[str]:
        return [heard.text for heard in self.heard]


class Running:
    """A bot on a thread of its own, until it ends or is stopped; without a desk of the test's with all that it has."""

    def __init__(self, settings: Settings, desk: Any) -> None:
        self.settings, self.desk, self.ended = settings, desk, None
        self.dry = False
        self.adapter = DiscordBot(settings)
        self._loop: Any = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bot")
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    @property
    def platform(self) -> Any:
        return self.adapter.platform

    @property
    def is_up(self) -> bool:
        """Whether it has connected and caught up."""
        client = self.adapter.client
        return client is not None and client.caught_up.is_set()

    def wait_past(self, message: str) -> None:
        """Wait until a message is behind the bot for good, so that it may be stopped."""
        eventually(lambda: int(message) in self.adapter.client.marks.known.values(), "the bookmark")

    def call(self, work: Any) -> Any:
        """Run something on the bot's own loop and return what came of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def post(self, place: Place, text: str, nonce: str = "N", **more: Any) -> str:
        return str(self.call(self.platform.post(place, Outgoing(text, nonce, **more))))

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the bot did not end"

    def failure(self) -> BaseException:
        """Wait until it ended by itself, and return why."""
        self._thread.join(PATIENCE_S)
        assert self.ended is not None, "the bot goes on"
        return self.ended

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._ready.set()
        try:
            await (self._adapt() if self.desk else serve(self.settings, self.adapter))
        except asyncio.CancelledError:
            pass
        except Exception as exc:  # noqa: BLE001 (whatever it is, the test looks at it)
            self.ended = exc
        finally:
            await self._settle()

    async def _adapt(self) -> None:
        """Run the adapter alone, between the ledger and the reception of the test."""
        store = AsyncStore.open(self.settings.redis_url)
        house = House(
            settings=lambda: self.settings,
            desk=self.desk,
            gateway=AsyncGateway(store),
            store=store,
            manners=lambda: Manners(dry_run=self.dry),
        )
        try:
            await self.adapter.run(house)
        finally:
            await store.close()

    async def _settle(self) -> None:
        """End what discord.py began and has not ended: one event may begin another even then."""
        for _round in range(ROUNDS):
            await asyncio.sleep(0)
            if rest := asyncio.all_tasks() - {asyncio.current_task()}:
                for task in rest:
                    task.cancel()
                await asyncio.wait(rest)


@pytest.fixture(autouse=True)
def _quick_to_be_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """One guild is there at once; in the real world there may be many, which come one after the other."""
    monkeypatch.setattr(clients, "READY_S", 0.03)
    monkeypatch.setattr(clients, "AGAIN_S", 0.05)
    monkeypatch.setattr(clients.Client, "before_identify_hook", _at_once)  # five seconds otherwise


async def _at_once(_client: Any, _shard: int | None, *, initial: bool = False) -> None:
    """Identify at once, however short a time after the last one."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """The emulated Discord, new."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def people(emulator: Emulator) -> Any:
    """What people do there."""
    return emulator.people


@pytest.fixture
def settings_of(emulator: Emulator, redis_url: str, tmp_path: Path) -> Callable[..., Settings]:
    """Call it for the settings of a bot on the emulated Discord, with more lines below `[discord]`."""

    def made(more: str = "", token: str = "") -> Settings:
        file = tmp_path / "rookery.toml"
        file.write_text(FLEET.format(api=emulator.api, gateway=emulator.gateway, more=more), encoding="utf-8")
        return load(file, {"REDIS_URL": redis_url, "DISCORD_TOKEN": token or emulator.token})

    return made


@pytest.fixture
def desk() -> FakeDesk:
    """The reception that the test plays."""
    return FakeDesk()


@pytest.fixture
def start(settings_of: Callable[..., Settings], desk: FakeDesk, emulator: Emulator) -> Iterator[Callable[..., Running]]:
    """Call it for a bot that is connected; with `wait=False` for one that need not be."""
    running: list[Running] = []

    def one(more: str = "", *, wait: bool = True, whole: bool = False, **how: Any) -> Running:
        running.append(Running(settings_of(more, **how), None if whole else desk))
        if wait:
            eventually(lambda: running[-1].ended or running[-1].is_up, "the bot to be up")
            assert running[-1].ended is None, running[-1].ended
        return running[-1]

    yield one
    for bot in running:
        bot.stop()


@pytest.fixture
def bot(start: Callable[..., Running]) -> Running:
    """A bot that is connected."""
    return start()


@pytest.fixture
def ada(people: Any) -> str:
    """Somebody in the guild, by number."""
    return str(people.person(name="Ada")["id"])
