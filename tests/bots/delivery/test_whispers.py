"""What comes of wishes about memories: to who asked or to nobody, with nothing to press, and an export as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.delivery import carrier, pages
from bots.platform import WHISPER, Proof
from tasks.contracts.jobs import JobState
from tasks.contracts.wishes import Wish, request_for
from tasks.jobs import granting, moves
from tests.bots.delivery.post import BOT, Scene, scene, strict
from tests.emulators.strict import LOST, REFUSED
from tests.tasks.jobs.flock import Flock


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "BACKOFF_S", 0.01)


def wish(bot: Scene, reply: str, **where: str) -> str:
    """Somebody wants something of their memories, and it is granted."""
    there = {"chat": "c", "message": "m1", "via": WHISPER, **where}
    asked = request_for(Wish(kind="list"), "w1", "discord:7", bot=BOT, reply_to=there)
    store = bot.flock.store
    store.run(moves.submit(asked, bot.flock.ways, bot.postman.ear))
    bot.postman.follow(asked)
    taken = store.run(granting.take())
    assert taken is not None
    assert store.run(granting.granted(taken[0], taken[1], reply))
    return asked.job


async def test_what_is_for_one_person_alone_is_said_there_or_nowhere(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, Proof.ORIGINAL)
    platform.faults["post"].append(REFUSED)
    async with scene(flock, platform) as bot:
        job = wish(bot, "You live in Oslo.")
        await bot.ended(job)
    assert flock.view(job).state is JobState.UNDELIVERABLE
    assert (platform.messages(), platform.calls["post"]) == ([], 1)


async def test_a_lost_answer_to_one_person_alone_is_put_there_again(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, Proof.ORIGINAL)
    platform.faults["post"].append(LOST)
    async with scene(flock, platform) as bot:
        await bot.ended(wish(bot, "You live in Oslo."))
    assert [(one.text, one.via, one.buttons) for one in platform.messages()] == [("You live in Oslo.", WHISPER, "")]


async def test_an_export_is_a_file_and_nothing_of_it_is_in_the_message(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, Proof.NONCE)
    async with scene(flock, platform) as bot:
        await bot.ended(wish(bot, '{"text": "I live in Oslo."}\n{"text": "I like tea."}', via=""))
    said = platform.messages()[0]
    assert (said.text, said.file) == (pages.EXPORTED, pages.EXPORT_NAME)
