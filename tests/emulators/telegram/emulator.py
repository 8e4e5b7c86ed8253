"""The emulated Telegram on a thread of the test, at a port of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.emulators.telegram.people import People
from tests.emulators.telegram.server import Telegram
from tests.emulators.telegram.world import BOT_ID, BOT_USERNAME, TOKEN, Quirks

__all__ = ["BOT_ID", "BOT_USERNAME", "TOKEN", "Emulator", "Quirks", "serve"]
START_S = 10.0
GRACE_S = 0.1


class Emulator:
    """A context: inside it, `url` is a Telegram with one bot, whose token is TOKEN."""

    def __init__(self, quirks: Quirks | None = None, hosts: dict[str, str] | None = None) -> None:
        self.hosts = hosts if hosts is not None else {}
        """Public addresses of webhooks, and where they lead to."""
        self._quirks = quirks or Quirks()
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(START_S)
        self.people = People(self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(START_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        def announce(port: int) -> None:
            self.url = f"http://127.0.0.1:{port}"
            self._up.set()

        await serve(Telegram(self._quirks, self.hosts), 0, self._end, announce)


async def serve(telegram: Telegram, port: int, end: asyncio.Event, announce: Callable[[int], None]) -> None:
    """Serve until `end`; `announce` is called with the port once it listens."""
    runner = web.AppRunner(telegram.app(), access_log=None, shutdown_timeout=GRACE_S, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    announce(runner.addresses[0][1])
    await end.wait()
    await runner.cleanup()
