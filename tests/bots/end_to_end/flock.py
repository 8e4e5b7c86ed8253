"""A whole flock as people have it: `rookery up` with llama.cpp and the bots, on an emulated Discord and Telegram."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tasks.contracts.jobs import JobView
from tasks.contracts.settings import load
from tasks.jobs import moves
from tasks.jobs.store import Store
from tests.command import Command
from tests.emulators.discord.server import Emulator as Discord
from tests.emulators.telegram.emulator import TOKEN
from tests.emulators.telegram.emulator import Emulator as Telegram
from tests.tiny_model import write_tiny_gguf

REDIS = "redis-server 127.0.0.1"
ENGINE = "workers.engines.llamacpp_server"
WORKER = "workers.launch"
TALKER, WORDS = "Babbler", 200
ENOUGH = 40
SLOW = {"hidden": 384, "layers": 5}  # a second for an answer, so that it can be stopped in its middle
PLACEHOLDER = "…"
STOP_S = 60.0
PATIENCE_S, LOOK_S = 240.0, 0.02
FLEET = """
[redis]
port = {redis}
[web]
port = {web}
[flower]
enabled = false
[discord]
api = "{api}"
gateway = "{gateway}"
webhooks = false
[telegram]
api = "{telegram}"

[[model]]
name = "demo"
builtin = "demo"
[[model]]
name = "babble"
gguf = "{gguf}"

[[host]]
name = "home"

[[persona]]
name = "rookery"
model = "demo"
[[persona]]
name = "{talker}"
model = "babble"
temperature = 0
max_tokens = {words}
"""


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a condition and return what it gave; llama.cpp is slow where much else runs."""
    give_up_s = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < give_up_s, f"waited in vain for {what}"
        time.sleep(LOOK_S)
    return found


@dataclass(frozen=True)
class Asked:
    """A question: its number there, and what jobs there were before it."""

    message: str
    before: frozenset[str]


class Flock:
    """`rookery up` in a folder. The demo model answers as `rookery`, one that talks for seconds as TALKER."""

    def __init__(self, folder: Path, free_port: Callable[[], int], discord: Discord, telegram: Telegram) -> None:
        self.folder, self.discord, self.telegram = folder, discord, telegram
        self.command = Command(folder, {"DISCORD_TOKEN": discord.token, "TELEGRAM_TOKEN": TOKEN})
        self.web = free_port()
        lines = FLEET.format(
            redis=free_port(),
            web=self.web,
            api=discord.api,
            gateway=discord.gateway,
            telegram=telegram.url,
            gguf=write_tiny_gguf(folder / "babble.gguf", 1, **SLOW),
            talker=TALKER,
            words=WORDS,
        )
        self.command.settings(lines)
        settings = load(folder / "rookery.toml", {"ROOKERY_DATA_DIR": str(folder / "data")})
        self.store = Store.open(settings.redis_url, settings.namespace)

    def __enter__(self) -> Self:
        with self.log.open("w") as log:
            self.process = self.command.start("up", stdout=log, stderr=log)
        try:
            until(lambda: self.process.poll() is not None or "Rookery is up." in self.said(), "the flock")
            assert self.process.poll() is None, self.said()
            until(self.bots_listen, "the bots")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_S)
        self.store.close()

    @property
    def log(self) -> Path:
        """Where `rookery up` writes."""
        return self.folder / "up.log"

    def said(self) -> str:
        """Return what `rookery up` has told so far."""
        return self.log.read_text("utf-8")

    def bots_listen(self) -> bool:
        """Return whether both bots are connected."""
        return bool(self.discord.people.state()["connected"] and self.telegram.people.do("polls"))

    def jobs(self) -> dict[str, JobView]:
        """Return every job there is, by its id."""
        ids = [str(key).rpartition(":")[2] for key in self.store.client.scan_iter(self.store.key("job", "*"))]
        return {job: self.store.run(moves.read_job(job)) for job in ids}

    def ended(self, asked: Asked) -> JobView:
        """Wait until an answer is there, and return its job."""
        return until(lambda: self._of(asked, lambda job: job.outcome is not None), "the end")

    def _of(self, asked: Asked, wanted: Callable[[JobView], bool]) -> JobView | None:
        found = [view for job, view in self.jobs().items() if job not in asked.before]
        assert len(found) <= 1
        return found[0] if found and wanted(found[0]) else None

    def processes(self, program: str) -> set[int]:
        """Return the processes of the flock that run a program."""
        found = set()
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if program in " ".join(child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE:
                    found.add(child.pid)
        return found

    def bot(self, platform: str) -> set[int]:
        """Return the process of a bot, if it runs."""
        return self.processes(f"run bot {platform}")

    def worker(self) -> set[int]:
        """Return the worker of the model that talks for seconds, if it runs."""
        return self.processes("babble@home")

    @contextlib.contextmanager
    def amid(self, chat: Chat, text: str) -> Iterator[Asked]:
        """Ask something, and have llama.cpp stop in the middle of its answer while the block runs."""
        engines = self.processes(ENGINE)
        asked = chat.ask(text)
        until(lambda: self._of(asked, lambda job: len(job.text) > ENOUGH), "the first words")
        _signal(engines, signal.SIGSTOP)
        try:
            yield asked
        finally:
            _signal(self.processes(ENGINE), signal.SIGCONT)

    def replaced(self, processes: Callable[[], set[int]]) -> None:
        """Kill what runs, and wait until `rookery up` or the agent of the host has started it again."""
        (before,) = processes()
        os.kill(before, signal.SIGKILL)
        until(lambda: processes() - {before}, "another process in its place")


def _signal(processes: set[int], number: signal.Signals) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Chat:
    """A place of its own on a platform, what somebody asks there, and what they see."""

    platform = ""

    def __init__(self, flock: Flock) -> None:
        self.flock = flock

    def ask(self, text: str) -> Asked:
        """Ask the bot something."""
        before = frozenset(self.flock.jobs())
        return Asked(self._say(text), before)

    def texts(self) -> list[str]:
        """Return what the bot's messages say now."""
        return [text for _, text, _ in self._ours()]

    def numbers(self) -> list[str]:
        """Return the numbers of the bot's messages."""
        return [number for number, _, _ in self._ours()]

    def answered(self) -> list[str]:
        """Return the numbers of the messages that the bot's reply to."""
        return [replied for _, _, replied in self._ours()]

    def versions(self) -> list[str]:
        """Return every text that the bot's only message here has had, the first one first."""
        return [text for number in self.numbers() for text in self._versions(number) if text != PLACEHOLDER]

    def elsewhere(self) -> int:
        """Return how much the bot has posted in other places."""
        raise NotImplementedError

    def _say(self, text: str) -> str:
        raise NotImplementedError

    def _ours(self) -> list[tuple[str, str, str]]:
        raise NotImplementedError

    def _versions(self, number: str) -> list[str]:
        raise NotImplementedError


class OnDiscord(Chat):
    """A channel of the emulated Discord."""

    platform = "discord"

    def __init__(self, flock: Flock) -> None:
        super().__init__(flock)
        self.people = flock.discord.people
        self.person = str(self.people.person(name="Ada")["id"])
        self.channel = str(self.people.channel(name=f"room-{self.person}"))

    def elsewhere(self) -> int:
        return sum(entry["channel"] != self.channel for entry in self.people.posted())

    def _say(self, text: str) -> str:
        mention = f"<@{self.flock.discord.bot}> {text}"
        return str(self.people.say(person=self.person, channel=self.channel, text=mention))

    def _ours(self) -> list[tuple[str, str, str]]:
        ours = [one for one in self.people.messages(channel=self.channel) if one["author"].get("bot")]
        return [(one["id"], one["content"], one["message_reference"]["message_id"]) for one in ours]

    def _versions(self, number: str) -> list[str]:
        return [entry["content"] for entry in self.people.ledger() if entry.get("message") == number]


class OnTelegram(Chat):
    """A private chat of the emulated Telegram."""

    platform = "telegram"
    people_so_far = itertools.count()

    def __init__(self, flock: Flock) -> None:
        super().__init__(flock)
        self.people = flock.telegram.people
        self.person = f"ann{next(self.people_so_far)}"
        self.channel = self.people.chat_of(self.person)

    def elsewhere(self) -> int:
        posts = self.people.log("sendMessage")
        return sum(str(entry["given"]["chat_id"]) != str(self.channel) for entry in posts)

    def _say(self, text: str) -> str:
        return str(self.people.say(self.person, text))

    def _ours(self) -> list[tuple[str, str, str]]:
        return [
            (str(one["message_id"]), _without_name(one["text"]), str(one["reply_to_message"]["message_id"]))
            for one in self.people.ours(self.channel)
        ]

    def _versions(self, number: str) -> list[str]:
        (message,) = [one for one in self.people.ours(self.channel) if str(one["message_id"]) == number]
        return [_without_name(text) for text in message["versions"]]


def _without_name(text: str) -> str:
    """Return a text without the line above it that says who speaks."""
    name, _, rest = text.partition("\n")
    return rest if name in (TALKER, "rookery") else text


PLATFORMS = {"discord": OnDiscord, "telegram": OnTelegram}
