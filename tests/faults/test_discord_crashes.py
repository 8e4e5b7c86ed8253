"""The bot on Discord, as people run it, dies at every step between a question and its answer: it is answered once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.jobs.crashpoints import KILLED, SHOWING_POINTS
from tasks.jobs.store import Store
from tests.bots.conftest import Hand
from tests.emulators.discord.server import Emulator

pytestmark = [pytest.mark.faults, pytest.mark.slow]
POINTS = ("submitted", "delivery.begun", "delivery.sent", "delivery.recorded", *SHOWING_POINTS)
PERSONAS = "".join(f'\n[[persona]]\nname = "{name}"\nmodel = "demo"\nprompt = "x"\n' for name in ("Ada", "Bob"))
WAYS = {"message": "", "interaction": "", "webhook": PERSONAS}
PATIENCE_S = 30.0
DYING_S = 8.0
PIECES = 40
PIECE_S = 0.05


def until(true: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    give_up_s = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < give_up_s, what
        time.sleep(0.02)
    return found


class Bot:
    """`rookery run bot discord` as a process that is started again and again."""

    def __init__(self, folder: Path, emulator: Emulator, redis_url: str, more: str) -> None:
        self.crashes = folder / "crashes"
        self.crashes.mkdir()
        self.emulator, self.store = emulator, Store.open(redis_url)
        file = folder / "rookery.toml"
        file.write_text(f'[discord]\napi = "{emulator.api}"\ngateway = "{emulator.gateway}"\n{more}')
        self.environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "DISCORD_TOKEN": emulator.token,
            "ROOKERY_CONFIG": str(file),
            "ROOKERY_DATA_DIR": str(folder / "data"),
            "ROOKERY_CRASH_AT": str(self.crashes),
        }
        self.log = (folder / "log").open("w")
        self.start()

    def start(self) -> None:
        # Its office is held for ten seconds after it died, and nobody has to wait for that here.
        for key in self.store.client.scan_iter(self.store.key("lead", "discord*")):
            self.store.client.delete(key)
        before = self.emulator.people.state()["sessions"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rookery", "run", "bot", "discord"],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        until(lambda: self.emulator.people.state()["sessions"] > before, "the bot did not connect")

    def arm(self, point: str) -> None:
        (self.crashes / point).touch()

    def has_died(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        self.store.close()
        self.log.close()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def ask(emulator: Emulator, person: str, way: str, number: int) -> None:
    if way == "interaction":
        given = {"question": f"question {number}?"}
        emulator.people.slash(person=person, channel=emulator.general, name="ask", options=given)
    else:
        emulator.people.say(person=person, channel=emulator.general, text=f"<@{emulator.bot}> question {number}?")


@pytest.mark.parametrize("way", WAYS)
def test_a_question_is_answered_once_wherever_its_bot_dies(
    way: str, emulator: Emulator, redis_url: str, tmp_path: Path
) -> None:
    bot = Bot(tmp_path, emulator, redis_url, WAYS[way])
    hand = Hand(bot.store)
    hand.arrive()
    person = emulator.people.person(name="Ann")["id"]
    reached = set()
    try:
        for number, point in enumerate(POINTS):
            bot.arm(point)
            ask(emulator, person, way, number)
            claim = until(hand.try_to_claim, f"{point}: no job")
            said = ""
            for piece in range(PIECES if point in SHOWING_POINTS else 0):
                hand.say(claim, f"{number}.{piece} ", after=said)
                said += f"{number}.{piece} "
                time.sleep(PIECE_S)
            answer = f"{said}and that is answer {number}.".strip()
            hand.finish(claim, answer)
            until(bot.has_died, f"{point}: nobody came by it", DYING_S)
            assert bot.process.returncode == KILLED
            reached.add(point)
            bot.start()
            until(
                lambda answer=answer: [one for one in texts(emulator) if one.startswith(answer)],
                f"{point}: {texts(emulator)}",
            )
            until(lambda: not bot.store.client.xlen(bot.store.key("outbox", "discord")), f"{point}: still owed")
    finally:
        bot.end()
    answers = [text for text in texts(emulator) if "and that is answer" in text]
    assert len(answers) == len(set(answers)) == len(POINTS)
    strays = [text for text in texts(emulator) if "and that is answer" not in text]
    assert len(strays) <= (2 if way == "webhook" else 0), strays


def texts(emulator: Emulator) -> list[str]:
    """Return what the bot's messages say now."""
    ours = (emulator.bot,)
    messages = emulator.people.messages(channel=emulator.general)
    return [one["content"] for one in messages if one["author"]["id"] in ours or one.get("webhook_id")]
