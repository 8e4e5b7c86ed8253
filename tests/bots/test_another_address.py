"""A bot goes to whatever server its settings name; no line of code knows an address."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from bots import registry, runner
from tasks.contracts.settings import load

PATIENCE_S = 20.0
TOKEN = "7:a-token"


class Stub:
    """A server that writes down what it is asked and knows no answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.came = asyncio.Event()

    async def __aenter__(self) -> Stub:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1])
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        self.came.set()


@pytest.mark.parametrize(
    ("bot", "variable", "environ"),
    [
        ("telegram", "ROOKERY_TELEGRAM_API", {"TELEGRAM_TOKEN": TOKEN}),
        ("feed", "ROOKERY_FEED_URL", {}),
    ],
)
def test_another_address_in_the_environment_is_all_it_takes(
    bot: str, variable: str, environ: dict[str, str], tmp_path: Path, redis_url: str
) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text("")

    async def asked_there(stub: Stub) -> list[str]:
        told = {"REDIS_URL": redis_url, "ROOKERY_DATA_DIR": str(tmp_path), variable: stub.url, **environ}
        settings = load(file, told)
        serving = asyncio.create_task(runner.serve(settings, registry.create(bot, settings, {**os.environ, **told})))
        coming = asyncio.create_task(stub.came.wait())
        await asyncio.wait({serving, coming}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (serving, coming):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return list(stub.asked)

    async def play() -> None:
        async with Stub() as here, Stub() as there:
            assert await asked_there(here)
            before = len(here.asked)
            assert await asked_there(there)
            assert len(here.asked) == before, "nothing goes to the address of before"

    asyncio.run(play())
