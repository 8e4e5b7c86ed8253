"""docs/howto/discord.md, done as it says, with an emulated Discord in the place of Discord's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bots import commands
from bots.discord.adapter import create
from bots.discord.client import intents
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings, load
from tests.bots.conftest import Hand, eventually
from tests.bots.discord.conftest import Running
from tests.command import Command
from tests.emulators.discord.server import Emulator
from tests.howto.page import Page

ROOT = Path(__file__).parents[2]
PAGE = Page.read("discord")
ASKED_FOR = (
    "view_channel",
    "read_message_history",
    "send_messages",
    "send_messages_in_threads",
    "attach_files",
    "manage_webhooks",
)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def start(emulator: Emulator, tmp_path: Path, redis_url: str) -> Iterator[Callable[[str], Running]]:
    """Call it with the lines of a section, for a bot that is up."""
    running: list[Running] = []

    def one(lines: str) -> Running:
        file = tmp_path / "rookery.toml"
        file.write_text(lines.replace("http://127.0.0.1:8080/api/v10", emulator.api))
        file.write_text(file.read_text().replace("ws://127.0.0.1:8080", emulator.gateway))
        running.append(Running(load(file, {"REDIS_URL": redis_url, "DISCORD_TOKEN": emulator.token}), None))
        eventually(lambda: running[-1].ended or running[-1].is_up, "the bot to be up")
        return running[-1]

    yield one
    for bot in running:
        bot.stop()


def asked(emulator: Emulator, person: str, channel: str, text: str = "what is a rook?") -> str:
    return str(emulator.people.say(person=person, channel=channel, text=f"<@{emulator.bot}> {text}"))


def test_the_first_answer_comes_as_the_page_says(emulator: Emulator, hand: Hand, start: Any) -> None:
    start(PAGE.block("Another server", "toml"))
    assert "`@your-bot what is a rook?`" in PAGE.section("Make a bot")
    question = asked(emulator, emulator.people.person(name="Ada")["id"], emulator.general)
    hand.answer("A bird.")
    posts = eventually(lambda: emulator.people.posted(), "the answer")
    assert (posts[0]["channel"], posts[0]["reference"]) == (emulator.general, question)
    named = set(re.findall(r"`/([a-z]+)`", PAGE.section("What it listens to")))
    assert named == set(commands.NAMES) == {one["name"] for one in emulator.people.commands()}


def test_the_command_of_the_page_prints_a_link_that_asks_for_what_it_says(tmp_path: Path) -> None:
    export, invite, run = (shlex.split(line) for line in PAGE.block("Make a bot", "sh").splitlines())
    assert run == ["rookery", "run", "bot", "discord"]
    variable, _, token = export[1].partition("=")
    printed = Command(tmp_path, {variable: token}).run(*invite[1:])
    assert printed.code == 0, printed.errors
    query = parse_qs(urlsplit(printed.out.strip()).query)
    wanted = discord.Permissions(**dict.fromkeys(ASKED_FOR, True))
    assert int(query["permissions"][0]) == wanted.value
    assert query["client_id"] == ["123456789012345678"]


def test_the_intent_of_the_page_is_the_only_privileged_one() -> None:
    assert "**Message Content Intent**" in PAGE.section("Make a bot")
    assert intents().message_content
    assert not intents().members
    assert not intents().presences


def test_only_those_of_the_lists_are_heard(emulator: Emulator, hand: Hand, start: Any) -> None:
    people = emulator.people
    ada, eve = (people.person(name=name)["id"] for name in ("Ada", "Eve"))
    member = people.person(name="Member", roles=[emulator.roles[1]])["id"]
    named = {"80351110224678912": ada, "165511591545143296": emulator.roles[1], "41771983423143937": emulator.general}
    lists = PAGE.block("Who may talk", "toml")
    for number, real in named.items():
        assert number in lists
        lists = lists.replace(number, real)
    start(lists + PAGE.block("Another server", "toml").replace("[discord]\n", ""))
    elsewhere = people.channel(name="elsewhere")
    asked(emulator, eve, emulator.general, "not for me")
    asked(emulator, member, elsewhere, "not here")
    asked(emulator, member, people.channel(name="aside", parent=emulator.general), "in a thread")
    assert hand.answer("Yes.").request.text.endswith("in a thread")
    eventually(lambda: emulator.people.posted(), "the answer")
    assert hand.try_to_claim() is None
    assert {entry["channel"] for entry in people.ledger()}.isdisjoint({elsewhere, emulator.general})


def test_what_the_page_says_it_says_is_what_it_says(tmp_path: Path) -> None:
    files = [*(ROOT / "bots" / "discord").glob("*.py"), ROOT / "tasks" / "jobs" / "offices.py"]
    said = " ".join(path.read_text("utf-8") for path in files).replace("{DISCORD_TOKEN}", "DISCORD_TOKEN")
    for words in re.findall(r"^\| `([^`]+)`", PAGE.section("When something"), re.MULTILINE):
        assert words.split("'")[0].strip() in said
    settings: Settings = replace(load(None, {}), discord_token="")
    with pytest.raises(ConfigurationError, match="DISCORD_TOKEN is not set"):
        create(settings, {})
