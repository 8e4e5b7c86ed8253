"""One flock for all tests of a file: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bots.conftest import eventually
from tests.bots.end_to_end.flock import PLATFORMS, Chat, Flock
from tests.command import Command
from tests.emulators.discord.server import Emulator as Discord
from tests.emulators.telegram.emulator import TOKEN
from tests.emulators.telegram.emulator import Emulator as Telegram


@pytest.fixture(scope="module")
def flock(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Flock]:
    """`rookery up`, with both platforms there."""
    with (
        Discord() as discord,
        Telegram() as telegram,
        Flock(tmp_path_factory.mktemp("flock"), free_port, discord, telegram) as flock,
    ):
        yield flock


@pytest.fixture(params=PLATFORMS)
def chat(request: pytest.FixtureRequest, flock: Flock) -> Chat:
    """A channel of its own with somebody in it, on each platform."""
    return PLATFORMS[request.param](flock)


@pytest.fixture
def telegram(tmp_path: Path, redis_url: str) -> Iterator[Telegram]:
    """The emulated Telegram, with the bot there."""
    with Telegram() as telegram:
        command = Command(tmp_path, {"REDIS_URL": redis_url, "TELEGRAM_TOKEN": TOKEN})
        command.settings(f'[telegram]\napi = "{telegram.url}"\n')
        command.start("run", "bot", "telegram")
        eventually(lambda: telegram.people.do("polls"), "the bot on Telegram")
        yield telegram
        command.end()
