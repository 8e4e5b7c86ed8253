"""The emulated feed as a process of its own, with the clock of this machine: `python -m tests.emulators.feed PORT`."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from aiohttp import web

from tests.emulators.feed.server import FeedServer

MS = 1000


class Timely(FeedServer):
    """A feed whose comments bear the time at which they came."""

    def _put(self, body: dict[str, Any]) -> dict[str, Any]:
        self.now_ms = max(self.now_ms, int(time.time() * MS) - 1)  # one more than that is what it says
        return super()._put(body)


async def main(port: int) -> None:
    """Serve until the process is ended."""
    runner = web.AppRunner(Timely().app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
