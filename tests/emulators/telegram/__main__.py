"""The emulated Telegram as a process of its own: `python -m tests.emulators.telegram PORT`."""

from __future__ import annotations

import asyncio
import sys

from tests.emulators.telegram.emulator import TOKEN, serve
from tests.emulators.telegram.server import Telegram
from tests.emulators.telegram.world import Quirks


def announce(port: int) -> None:
    """Say where it is."""
    sys.stdout.write(f"http://127.0.0.1:{port} {TOKEN}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(Telegram(Quirks(), {}), int(sys.argv[1]), asyncio.Event(), announce))
