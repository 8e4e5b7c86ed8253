"""The other side of the emulated Telegram: what a test says and does there, and what it sees."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

PATIENCE_S = 20.0
LOOK_S = 0.01
Seen = dict[str, Any]


class People:
    """Everybody who talks with the bot. It speaks HTTP, so the emulator may be another process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def do(self, deed: str, **given: Any) -> Any:
        """Do anything there is in `deeds.py`."""
        request = urllib.request.Request(f"{self.url}/people/{deed}", json.dumps(given).encode())
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def say(self, user: str, text: str, *, chat: int = 0, topic: int = 0, reply_to: int = 0) -> int:
        """A person writes; returns the number of the message."""
        return int(self.do("say", user=user, text=text, chat=chat, topic=topic, reply_to=reply_to))

    def send(self, user: str, name: str, data: bytes, *, kind: str = "document", mime: str = "", text: str = "") -> int:
        """A person sends a file, to the bot alone."""
        file = {"kind": kind, "name": name, "data": base64.b64encode(data).decode(), "mime": mime}
        return int(self.do("say", user=user, text=text, file=file))

    def group(self, title: str = "flock", **how: Any) -> int:
        """Somebody makes a group with the bot in it."""
        return int(self.do("group", title=title, **how))

    def chat_of(self, user: str) -> int:
        """Return the number of the bot's chat with a person."""
        return int(self.do("chat_of", user=user))

    def messages(self, chat: int) -> list[Seen]:
        """Return what is to be seen in a chat."""
        return list(self.do("messages", chat=chat))

    def ours(self, chat: int) -> list[Seen]:
        """Return what the bot has posted in a chat."""
        return [message for message in self.messages(chat) if message["ours"]]

    def log(self, method: str = "") -> list[Seen]:
        """Return the calls of the bot, polls apart: {method, given, ok, error, fault, at}."""
        return list(self.do("log", **({"method": method} if method else {})))

    def fault(self, method: str, kind: str, **how: Any) -> None:
        """Have the next `times` calls of a method fail in a way of `server.py`."""
        self.do("fault", method=method, kind=kind, **how)

    def quirk(self, **quirks: Any) -> None:
        """Switch quirks."""
        for name, value in quirks.items():
            self.do("quirk", name=name, value=value)

    def until(self, look: Callable[[], Any], what: str = "") -> Any:
        """Wait for something to be seen, and return it."""
        ends = time.monotonic() + PATIENCE_S
        while not (seen := look()):
            assert time.monotonic() < ends, f"waited in vain for {what or look}"
            time.sleep(LOOK_S)
        return seen


def texts(messages: list[Mapping[str, Any]]) -> list[str]:
    """Return the words of messages."""
    return [str(message["text"]) for message in messages]
