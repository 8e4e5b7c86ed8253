"""One question on each platform, heard twice: one bell each on the queue of its model, and no more jobs than that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.discord import client as clients
from tasks.contracts.settings import load
from tests.bots.conftest import Hand, Site, eventually
from tests.bots.discord.conftest import Running
from tests.emulators.discord.server import Emulator as Discord
from tests.emulators.telegram.emulator import Emulator as Telegram


async def _at_once(_client: Any, _shard: int | None, *, initial: bool = False) -> None:
    """Identify at once, however short a time after the last one."""


@pytest.fixture
def on_discord(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Discord, Running]]:
    """The emulated Discord, and the bot there."""
    monkeypatch.setattr(clients, "READY_S", 0.03)
    monkeypatch.setattr(clients.Client, "before_identify_hook", _at_once)
    with Discord() as discord:
        file = tmp_path / "discord.toml"
        file.write_text(f'[discord]\napi = "{discord.api}"\ngateway = "{discord.gateway}"\n')
        bot = Running(load(file, {"REDIS_URL": redis_url, "DISCORD_TOKEN": discord.token}), None)
        eventually(lambda: bot.ended or bot.is_up, "the bot on Discord")
        yield discord, bot
        bot.stop()


def bells_of(hand: Hand, do: Callable[[], Any]) -> int:
    """Return how many bells are on the queue more than before something was done, once there is one."""
    before = len(hand.bells())
    do()
    eventually(lambda: len(hand.bells()) > before, "a bell")
    return len(hand.bells()) - before


def test_one_event_of_each_platform_is_one_message_on_the_queue_of_its_model(
    on_discord: tuple[Discord, Running], telegram: Telegram, site: Site, hand: Hand
) -> None:
    discord, bot = on_discord
    ada = discord.people.person(name="Ada")["id"]

    def on_both_connections() -> None:
        said = discord.people.say(person=ada, channel=discord.general, text=f"<@{discord.bot}> why?")
        eventually(hand.bells, "the first time")
        discord.people.provoke(what="forget")
        eventually(lambda: discord.people.state()["identified"] == 2 and bot.is_up, "another connection")
        bot.wait_past(said)

    def in_two_updates() -> None:
        telegram.people.quirk(duplicates=True)
        telegram.people.say("ann", "why?")
        eventually(lambda: len(hand.bells()) == 2 and not telegram.people.do("pending"), "both updates")

    def in_two_requests() -> None:
        said = {"text": "why?", "session": "s" * 24, "message_id": "m" * 24}
        with httpx.Client(base_url=site.url, trust_env=False) as page:
            first, second = (page.post("/api/chat", json=said).json()["job"] for _ in range(2))
        assert first == second

    assert [bells_of(hand, do) for do in (on_both_connections, in_two_updates, in_two_requests)] == [1, 1, 1]
    claims = [hand.claim() for _ in range(3)]
    assert sorted(claim.request.bot for claim in claims) == ["", "discord", "telegram"]  # the page waits by itself
    assert hand.try_to_claim() is None
