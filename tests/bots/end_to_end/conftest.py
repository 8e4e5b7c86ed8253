"""One flock for all tests of a file: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.bots.end_to_end.flock import PLATFORMS, Chat, Flock
from tests.emulators.discord.server import Emulator as Discord
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
