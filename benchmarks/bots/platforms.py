"""The emulated platforms, each a process of its own: how one says something there, and sees what the bot did.

Nothing of the emulators is imported: they are spoken to over HTTP, as by people of another house.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import requests

from benchmarks.bots.judging import Post
from benchmarks.stage import ROOT
from workers.supervision.child import ChildSpec
from workers.supervision.ports import free_port, http_status

TIMEOUT_S = 30.0
MS = 1000
PAGE = 1000
Sign = tuple[str, float]
"""A place, and when it was shown there that somebody writes."""


class Chatting(Protocol):
    """One emulated platform."""

    name: str
    says_when_up: str
    """What its bot writes into its log once it hears."""

    secrets: Mapping[str, str]
    """What its bot is told besides its settings."""

    def child(self) -> ChildSpec:
        """Return how it is run."""

    def settings(self) -> str:
        """Return the table of the bot's settings."""

    def is_connected(self) -> bool:
        """Return whether the bot is there."""

    def people(self, count: int) -> list[str]:
        """Return so many new people, each with a name of its own."""

    def place(self, name: str, person: str) -> str:
        """Return a new channel, or where a platform has none, the chat of that person with the bot."""

    def say(self, person: str, place: str, text: str) -> str:
        """Say something, and return the message's number."""

    def posts(self) -> list[Post]:
        """Return what the bot has posted, as it stands now."""

    def signs(self) -> list[Sign]:
        """Return where the bot showed that it writes, and when."""


class _Http:
    """A process on a port of its own, and the way to it."""

    name, module = "", ""
    says_when_up = '"bot is up"'
    secrets: Mapping[str, str] = MappingProxyType({})

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._session = requests.Session()
        self._session.trust_env = False

    def child(self) -> ChildSpec:
        """Return how it is run."""
        argv = (sys.executable, "-m", self.module, str(self.port))
        ready = f"{self.url}/"
        return ChildSpec(name=f"at-{self.name}", argv=argv, cwd=ROOT, ready=lambda: http_status(ready) is not None)

    def do(self, verb: str, **said: Any) -> Any:
        """Do what people do there."""
        answer = self._session.post(f"{self.url}/people/{verb}", json=said, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()


class Discord(_Http):
    """Channels in one guild, and people in all of them."""

    name, module = "discord", "tests.emulators.discord.server"
    says_when_up = '"connected"'
    secrets: Mapping[str, str] = MappingProxyType({"DISCORD_TOKEN": "token.of.the.emulated-bot"})

    def __init__(self) -> None:
        super().__init__()
        self._seen = 0
        self._posts: dict[str, Post] = {}
        self._signs: list[Sign] = []

    def settings(self) -> str:
        """Return the table of the bot's settings."""
        return f'[discord]\napi = "{self.url}/api/v10"\ngateway = "ws://127.0.0.1:{self.port}"\n'

    def is_connected(self) -> bool:
        """Return whether the bot is there."""
        return bool(self.do("state")["connected"])

    def people(self, count: int) -> list[str]:
        """Return so many new people."""
        return [str(self.do("person", name=f"person{number}")["id"]) for number in range(count)]

    def place(self, name: str, person: str) -> str:
        """Return where they talk."""
        return str(self.do("channel", name=name))

    def say(self, person: str, place: str, text: str) -> str:
        """Say something, and return the message's number."""
        return str(self.do("say", person=person, channel=place, text=text))

    def posts(self) -> list[Post]:
        """Return what the bot has posted, as it stands now."""
        self._look()
        return [self._posts[number] for number in sorted(self._posts, key=int)]

    def signs(self) -> list[Sign]:
        """Return where the bot showed that it writes, and when."""
        self._look()
        return list(self._signs)

    def _look(self) -> None:
        """Read what the bot did since the last look."""
        entries = self.do("ledger", since=self._seen)
        self._seen += len(entries)
        for entry in entries:
            at_s = entry["at_ms"] / MS
            if entry["kind"] == "typing":
                self._signs.append((entry["channel"], at_s))
            elif entry["kind"] in ("post", "webhook", "edit"):
                before = self._posts.get(entry["message"])
                answers = entry.get("reference") or (before.answers if before else "")
                who = entry["name"] if entry["kind"] == "webhook" else before.who if before else ""
                self._posts[entry["message"]] = Post(entry["content"], at_s, who, answers)


class Telegram(_Http):
    """People who talk with the bot alone."""

    name, module = "telegram", "tests.emulators.telegram"
    secrets: Mapping[str, str] = MappingProxyType({"TELEGRAM_TOKEN": "700001:AAtestTESTtestTESTtestTESTtestTESTtes"})

    def __init__(self) -> None:
        super().__init__()
        self._chats: dict[str, str] = {}
        self._since_s = time.time() - time.monotonic()

    def settings(self) -> str:
        """Return the table of the bot's settings."""
        return f'[telegram]\napi = "{self.url}"\n'

    def is_connected(self) -> bool:
        """Return whether the bot is there."""
        return bool(self.do("polls"))

    def people(self, count: int) -> list[str]:
        """Return so many new people."""
        return [f"person{len(self._chats) + number}" for number in range(count)]

    def place(self, name: str, person: str) -> str:
        """Return where they talk."""
        self._chats[person] = str(self.do("chat_of", user=person))
        return self._chats[person]

    def say(self, person: str, place: str, text: str) -> str:
        """Say something, and return the message's number."""
        return f"{place}/{self.do('say', user=person, text=text)}"

    def posts(self) -> list[Post]:
        """Return what the bot has posted, as it stands now."""
        sent, edited = self._calls("sendMessage"), self._calls("editMessageText")
        times = {(str(call["given"]["chat_id"]), int(call["given"]["message_id"])): call["at"] for call in edited}
        found = []
        for chat in self._chats.values():
            sent_s = [call["at"] for call in sent if str(call["given"]["chat_id"]) == chat]
            ours = [one for one in self.do("messages", chat=int(chat)) if one["ours"]]
            for one, at_s in zip(ours, sent_s, strict=False):  # the log does not tell ids, and both are in order
                found.append(_post(chat, one, times.get((chat, one["message_id"]), at_s) + self._since_s))
        return found

    def signs(self) -> list[Sign]:
        """Return where the bot showed that it writes, and when."""
        calls = self._calls("sendChatAction")
        return [(str(call["given"]["chat_id"]), call["at"] + self._since_s) for call in calls]

    def _calls(self, method: str) -> list[dict[str, Any]]:
        return [call for call in self.do("log", method=method) if call["ok"]]


def _post(chat: str, one: dict[str, Any], at_s: float) -> Post:
    """Return a message of Telegram's; several personas put their names above their words."""
    text = str(one["text"])
    first, _, rest = text.partition("\n")
    answered = one.get("reply_to_message", {}).get("message_id", "")
    return Post(text, at_s, first.rstrip(":") if rest else "", f"{chat}/{answered}" if answered else "")


class Feed(_Http):
    """One feed of comments for all."""

    name, module = "feed", "tests.emulators.feed"
    looks_every_s = 0.5

    def __init__(self) -> None:
        super().__init__()
        self._address = f"{self.url}/api/comments"

    def settings(self) -> str:
        """Return the table of the bot's settings."""
        return f'[feed]\nurl = "{self._address}"\npoll_min_s = {self.looks_every_s}\npoll_max_s = 2\nbatch = 100\n'

    def is_connected(self) -> bool:
        """Return whether the bot is there."""
        return True  # what it has read up to is in the ledger, where the town looks

    def people(self, count: int) -> list[str]:
        """Return so many new people."""
        return [f"person{number}" for number in range(count)]

    def place(self, name: str, person: str) -> str:
        """Return where they talk."""
        return name

    def say(self, person: str, place: str, text: str) -> str:
        """Say something, and return the message's number."""
        said, key = {"text": text, "username": person}, {"Idempotency-Key": f"{person} {text}"}
        answer = self._session.post(self._address, json=said, headers=key, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def posts(self) -> list[Post]:
        """Return what the bot has posted, as it stands now."""
        return [
            Post(one["text"], one["timestamp"] / MS, one["username"])
            for one in self._comments()
            if one["id"].startswith("rookery-")
        ]

    def signs(self) -> list[Sign]:
        """Return where the bot showed that it writes, and when."""
        return []

    def _comments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            query = {"limit": PAGE, "offset": len(found)}
            answer = self._session.get(self._address, params=query, timeout=TIMEOUT_S).json()
            found[:0] = answer["comments"]
            if not answer["hasMore"]:
                return found


def all_of_them() -> Sequence[Discord | Telegram | Feed]:
    """Return the three."""
    return Discord(), Telegram(), Feed()
