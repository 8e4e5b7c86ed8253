"""`rookery run bot telegram` as a process: killed in mid-stream, after a thousand messages, and without a token."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.bots.telegram.test_end_to_end import HALF, PERSONAS, READ, WHOLE
from tests.command import REPO, Command
from tests.emulators.telegram.emulator import TOKEN
from tests.emulators.telegram.people import People, texts

pytestmark = pytest.mark.slow
MESSAGES = 1_000
PEOPLE = 100
MIB = 2**20
MOST_MIB = 80


@pytest.fixture
def people() -> Iterator[People]:
    """The emulated Telegram as a process of its own."""
    command = [sys.executable, "-m", "tests.emulators.telegram", "0"]
    with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url, token = process.stdout.readline().split()
        assert token == TOKEN
        yield People(url)
        process.kill()


@pytest.fixture
def command(people: People, tmp_path: Path, redis_url: str) -> Iterator[Command]:
    """`rookery` in a folder, told of the emulated Telegram."""
    command = Command(tmp_path, {"REDIS_URL": redis_url, "TELEGRAM_TOKEN": TOKEN})
    command.settings(f'[telegram]\napi = "{people.url}"\n{PERSONAS}')
    yield command
    for process in command.started:
        process.kill()
        process.wait()


def start(command: Command) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "rookery", "run", "bot", "telegram"]
    out = (command.folder / "bot.log").open("a")
    process = subprocess.Popen(arguments, cwd=command.folder, env=command.environ(), stdout=out, stderr=out, text=True)
    out.close()
    command.started.append(process)
    return process


def test_killed_in_mid_stream_it_goes_on_with_the_same_message(people: People, command: Command, hand: Any) -> None:
    first = start(command)
    people.say("ann", "why is the sky blue?")
    chat = people.chat_of("ann")
    claim = hand.claim()
    hand.say(claim, HALF)
    people.until(lambda: texts(people.ours(chat)) == [HALF.strip()])
    first.send_signal(signal.SIGKILL)
    first.wait()
    people.say("ann", "and at night?")
    start(command)
    hand.finish(claim, WHOLE)
    hand.answer("It is dark.")
    people.until(lambda: texts(people.ours(chat)) == [READ, "It is dark."], "both answers")
    assert TOKEN.partition(":")[2] not in (command.folder / "bot.log").read_text()


def test_a_thousand_messages_are_answered_once_each_in_little_memory(
    people: People, command: Command, hand: Any
) -> None:
    bot = psutil.Process(start(command).pid)
    people.until(lambda: people.do("polls"), "the bot")
    names = [f"person{number}" for number in range(PEOPLE)]
    chats = {name: people.chat_of(name) for name in names}

    def stands(answers: int) -> bool:
        return all(
            texts(people.ours(chat)) == [f"answer to hello from {name}"] * answers for name, chat in chats.items()
        )

    with ThreadPoolExecutor(4) as crowd:
        for number in range(MESSAGES // PEOPLE):
            list(crowd.map(lambda name: people.say(name, f"hello from {name}"), names))
            for _ in names:
                claim = hand.claim()
                hand.finish(claim, f"answer to {claim.request.text}")
            people.until(partial(stands, number + 1), "all answers")
    used = bot.memory_info().rss / MIB
    (command.folder / "memory.txt").write_text(f"{used:.1f}")
    assert used <= MOST_MIB, f"{used:.1f} MiB"


def test_without_a_token_it_ends_and_says_where_one_comes_from(command: Command) -> None:
    del command.environment["TELEGRAM_TOKEN"]
    process = start(command)
    assert process.wait(30) != 0
    said = (command.folder / "bot.log").read_text()
    assert "TELEGRAM_TOKEN" in said
    assert "Traceback" not in said


def test_a_token_that_telegram_does_not_know_ends_it_in_words(command: Command) -> None:
    command.environment["TELEGRAM_TOKEN"] = "700001:wrongWRONGwrongWRONGwrongWRONGwrongW"
    process = start(command)
    assert process.wait(30) != 0
    said = (command.folder / "bot.log").read_text()
    assert "BotFather" in said
    assert "wrongWRONG" not in said
    assert "Traceback" not in said
    assert os.environ.get("TELEGRAM_TOKEN", "") == ""
