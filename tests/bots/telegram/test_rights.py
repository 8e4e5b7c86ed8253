"""What somebody had remembered in a group and alone, seen, taken along and taken away where they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots import runner
from bots.delivery import pages
from bots.reception import wishing
from bots.telegram import adapter, platform
from tasks.contracts.settings import Settings
from tasks.jobs import remembering
from tests.bots.telegram.playing import going, run, until
from tests.emulators.telegram.emulator import Emulator
from tests.emulators.telegram.people import texts
from tests.tasks.memory.people import Rights

PERSONA = '[[persona]]\nname = "wren"\nmodel = "demo"\nmemory = true\n'


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Rights]:
    """Who remembers, and grants wishes."""
    made = Rights(redis_url, tmp_path)
    yield made
    made.close()


class Scene:
    """A bot, Ann in a group with it, and who keeps memories."""

    def __init__(self, telegram: Emulator, hall: Rights, settings: Settings) -> None:
        self.people, self.hall, self.settings = telegram.people, hall, settings
        self.chat, self.group = telegram.people.chat_of("ann"), telegram.people.group(kind="supergroup", admin=True)

    @contextlib.asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        """Have the bot run, and wishes granted."""
        bot = adapter.make(self.settings, {})
        async with going(runner.serve(self.settings, bot)), going(self._grant()):
            yield

    async def _grant(self) -> None:
        while True:
            await asyncio.to_thread(self.hall.granter.serve)
            self.hall.flock.store.run(remembering.is_up())
            await asyncio.sleep(0.01)

    async def reads(self, text: str, chat: int) -> Any:
        """Wait for a message to end with this; return it."""

        def last() -> Any:
            said = self.people.ours(chat)
            return said[-1] if said and said[-1]["text"].endswith(text) else None

        return await until(last, text)


@pytest.fixture
def scene(
    telegram: Emulator,
    hall: Rights,
    settings_of: Callable[..., Settings],
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    """A persona on Telegram that remembers."""
    monkeypatch.setattr(platform, "PRIVATE_EDIT_S", 0.0)
    monkeypatch.setattr(platform, "GROUP_EDIT_S", 0.0)
    return Scene(telegram, hall, settings_of({"REDIS_URL": redis_url}, PERSONA))


def test_in_a_group_one_is_shown_what_is_remembered_alone(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "/help")  # so that the bot may write to her
            scene.people.say("ann", "/remember I am allergic to nuts", chat=scene.group)
            await scene.reads("I will remember that.", scene.group)
            scene.people.say("ann", "/memory", chat=scene.group)
            await scene.reads(wishing.IN_OUR_CHAT, scene.group)
            shown = await scene.reads("you: I am allergic to nuts (pinned)", scene.chat)
            assert not shown.get("reply_markup")
        assert not any("nuts" in text for text in texts(scene.people.ours(scene.group)))

    run(play())


def test_everything_is_taken_along_and_then_taken_away_when_that_is_said_twice(scene: Scene) -> None:
    async def play() -> None:
        async with scene.bot():
            scene.people.say("ann", "/remember I am allergic to nuts")
            await scene.reads("I will remember that.", scene.chat)
            scene.people.say("ann", "/export")
            file = (await scene.reads(pages.EXPORTED, scene.chat))["document"]
            assert file["file_name"] == pages.EXPORT_NAME
            scene.people.say("ann", "/forget everything")
            await scene.reads(wishing.ARE_YOU_SURE, scene.chat)
            assert scene.hall.texts() == ["I am allergic to nuts"]
            scene.people.say("ann", "/forget everything")
            await scene.reads("Everything of you is forgotten: 1 memory, 0 messages.", scene.chat)
            scene.people.say("ann", "/memory")
            await scene.reads("I remember nothing of you.", scene.chat)
        assert scene.hall.texts() == []

    run(play())
