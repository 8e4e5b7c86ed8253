"""docs/howto/telegram.md, done as it says, with an emulated Telegram in the place of Telegram's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots import runner
from bots.telegram import adapter
from bots.telegram.webhook import secret_of
from tasks.contracts.settings import Settings, load
from tests.bots.conftest import Hand
from tests.bots.telegram.playing import going, run, until
from tests.emulators.telegram import methods
from tests.emulators.telegram.emulator import BOT_USERNAME, TOKEN, Emulator
from tests.emulators.telegram.people import texts
from tests.howto.page import Page

ROOT = Path(__file__).parents[2]
PAGE = Page.read("telegram")
SettingsOf = Callable[..., Settings]


@pytest.fixture
def telegram() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def settings_of(telegram: Emulator, tmp_path: Path, redis_url: str) -> SettingsOf:
    """Call it with the lines of a section, for settings that lead to the emulated Telegram."""

    def made(lines: str = "[telegram]\n", **variables: str) -> Settings:
        file = tmp_path / "rookery.toml"
        file.write_text(f'{lines}\napi = "{telegram.url}"\n')
        return load(file, {"REDIS_URL": redis_url, "TELEGRAM_TOKEN": TOKEN, **variables})

    return made


async def answered(telegram: Emulator, hand: Any, settings: Settings, chat: int, text: str) -> str:
    """Have a person say something, a worker answer it, and return what people read."""
    async with going(runner.serve(settings, adapter.make(settings, {}))):
        telegram.people.say("ann", text, chat=chat)
        claim = await until(hand.try_to_claim)
        hand.finish(claim, "Because.")
        await until(lambda: [said for said in texts(telegram.people.ours(chat)) if said.startswith("Because.")])
    return str(claim.request.text)


def test_the_variable_and_the_command_are_those_of_the_page(
    telegram: Emulator, hand: Hand, settings_of: SettingsOf
) -> None:
    export, command = (shlex.split(line) for line in PAGE.block("Make a bot", "sh").splitlines())
    variable, _, token = export[1].partition("=")
    assert re.fullmatch(r"\d+:AAE\.\.\.", token)
    assert command == ["rookery", "run", "bot", "telegram"]
    settings = settings_of(**{variable: TOKEN})
    assert run(answered(telegram, hand, settings, telegram.people.chat_of("ann"), "why?")) == "why?"
    assert "help" in {each["command"] for each in telegram.people.do("commands")}


def test_only_those_of_the_lists_are_heard(telegram: Emulator, hand: Hand, settings_of: SettingsOf) -> None:
    lists = PAGE.block("Who may talk to it", "toml")
    group = telegram.people.group(kind="supergroup", admin=True)
    named = {"412587349": telegram.people.chat_of("owner"), "523698450": telegram.people.chat_of("ann")}
    for number, real in {**named, "-1001234567890": group}.items():
        assert number in lists
        lists = lists.replace(number, str(real))
    elsewhere = telegram.people.group(kind="supergroup", admin=True)
    telegram.people.say("eve", "let me in")
    telegram.people.say("ann", f"@{BOT_USERNAME} hello", chat=elsewhere)
    assert "why?" in run(answered(telegram, hand, settings_of(lists), group, f"@{BOT_USERNAME} why?"))
    assert hand.try_to_claim() is None
    assert not telegram.people.ours(elsewhere)
    assert not telegram.people.ours(telegram.people.chat_of("eve"))


def test_a_mention_reaches_a_bot_in_privacy_mode_only_after_what_the_page_says(
    telegram: Emulator, hand: Hand, settings_of: SettingsOf, caplog: pytest.LogCaptureFixture
) -> None:
    assert "privacy mode" in PAGE.section("In groups")
    group = telegram.people.group(kind="supergroup")
    telegram.people.say("ann", f"@{BOT_USERNAME} hello", chat=group)
    assert telegram.people.do("pending") == []
    telegram.people.quirk(privacy=False)
    assert "why?" in run(answered(telegram, hand, settings_of(), group, f"@{BOT_USERNAME} why?"))
    telegram.people.quirk(privacy=True)
    assert "why?" in run(answered(telegram, hand, settings_of(), group, f"/ask@{BOT_USERNAME} why?"))


def test_the_webhook_is_called_through_the_proxy_of_the_page(
    telegram: Emulator, hand: Hand, settings_of: SettingsOf, free_port: Callable[[], int]
) -> None:
    heading = "Have Telegram call"
    lines, proxy = PAGE.block(heading, "toml"), PAGE.block(heading, "nginx")
    location = re.search(r"location (\S+)", proxy)
    passed = re.search(r"proxy_pass (http://127\.0\.0\.1:(\d+));", proxy)
    assert location is not None
    assert passed is not None
    assert f"webhook_port = {passed[2]}" in lines
    port = free_port()
    telegram.hosts["https://bot.example.org"] = f"http://127.0.0.1:{port}"
    settings = settings_of(lines.replace(passed[2], str(port)))
    assert settings.fleet.telegram.webhook_url.endswith(location[1])
    assert run(answered(telegram, hand, settings, telegram.people.chat_of("ann"), "why?")) == "why?"
    (hook,) = telegram.people.log("setWebhook")
    assert hook["given"]["secret_token"] == secret_of(TOKEN, "")
    assert run(answered(telegram, hand, settings_of(), telegram.people.chat_of("ann"), "again?")) == "again?"
    assert telegram.people.log("deleteWebhook")


@pytest.mark.parametrize("words", re.findall(r"^\| `([^`]+)`", PAGE.section("When something"), re.MULTILINE))
def test_what_the_page_says_you_see_is_what_is_said(words: str) -> None:
    files = [*(ROOT / "bots" / "telegram").glob("*.py"), ROOT / "tasks" / "jobs" / "offices.py", Path(methods.__file__)]
    said = " ".join(path.read_text("utf-8") for path in files)
    assert words.split("'")[0].removesuffix("…").strip() in said
