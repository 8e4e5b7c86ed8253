from __future__ import annotations

import asyncio
import threading
from typing import cast

import pytest

from bots import rereading
from bots.listening import company
from bots.rereading import Rereading
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings, load


class Watch:
    """A watch that notes on which thread it looks."""

    def __init__(self) -> None:
        self.settings = load(None, {})
        self.looked: list[int] = []

    def current(self) -> Settings:
        self.looked.append(threading.get_ident())
        return self.settings


def test_settings_are_read_and_arranged_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "LOOK_S", 0.005)
    watch = Watch()
    arranged: list[int] = []
    monkeypatch.setattr(rereading, "company_of", lambda fleet: arranged.append(id(fleet)) or company.company_of(fleet))

    async def scene() -> None:
        settings = Rereading(cast("FleetWatch", watch))
        first, watch.looked = settings.current(), []
        looking = asyncio.create_task(settings.run())
        watch.settings = load(None, {})
        async with asyncio.timeout(10):
            while settings.current() is first:
                await asyncio.sleep(0.001)
        looking.cancel()
        await asyncio.wait({looking})
        assert settings.current() is watch.settings
        assert threading.get_ident() not in watch.looked
        assert id(watch.settings.fleet) in arranged

    asyncio.run(scene())
