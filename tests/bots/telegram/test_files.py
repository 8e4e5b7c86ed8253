"""Files that people send on Telegram."""

from __future__ import annotations

import pytest

from bots.telegram.api import Api
from bots.telegram.files import TelegramFetcher
from bots.telegram.reading import FILE
from tasks.contracts.errors import BadInput, PlatformUnavailable
from tests.bots.telegram.playing import api_of, run
from tests.emulators.telegram.emulator import Emulator


async def sent(api: Api) -> str:
    """Return the address that an attachment of the file has that was sent."""
    update = (await api.call("getUpdates"))[-1]
    return f"{FILE}{update['message']['document']['file_id']}"


def test_a_file_is_fetched_and_one_that_is_too_large_is_not(telegram: Emulator) -> None:
    telegram.people.send("ann", "a.txt", b"hello")

    async def scene() -> None:
        async with api_of(telegram) as api:
            url = await sent(api)
            assert (await TelegramFetcher(api).fetch(url, ("text/",), 5)).content == b"hello"
            with pytest.raises(BadInput):
                await TelegramFetcher(api).fetch(url, ("text/",), 4)

    run(scene())


def test_a_server_of_files_that_hangs_holds_nobody_up(telegram: Emulator) -> None:
    telegram.people.send("ann", "a.txt", b"hello")
    telegram.people.fault("getFile", "hang", seconds=30)

    async def scene() -> None:
        async with api_of(telegram) as api:
            with pytest.raises(PlatformUnavailable):
                await TelegramFetcher(api, total_s=0.05).fetch(await sent(api), ("text/",))

    run(scene())
