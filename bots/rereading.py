"""The settings of a bot while it runs, read again beside its event loop: a thousand personas take a second."""

from __future__ import annotations

import asyncio

from bots.listening.company import company_of
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings

LOOK_S = 0.5


class Rereading:
    """What the watch saw last. Until the first look, that is what it was made with."""

    def __init__(self, watch: FleetWatch) -> None:
        self._watch = watch
        self._settings = watch.current()

    def current(self) -> Settings:
        """Return the settings as they were a moment ago, at once."""
        return self._settings

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self._settings = await asyncio.to_thread(self._look)
            await asyncio.sleep(LOOK_S)

    def _look(self) -> Settings:
        settings = self._watch.current()
        company_of(settings.fleet)  # arranged before the first message needs it
        return settings
