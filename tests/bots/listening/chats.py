"""Chats as they are written down in `fixtures/`: one line a message, with the thread that it belongs to.

`A 19:02:10 tobi ^3: words` was said by tobi in thread A, as a reply to the third line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bots.platform import Heard, Place

FIXTURES = Path(__file__).with_name("fixtures")
_LINE = re.compile(
    r"(?P<thread>[A-Z]) (?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d) (?P<author>\S+?)(?: \^(?P<reply>\d+))?: (?P<text>.*)"
)


@dataclass(frozen=True)
class Chat:
    """Messages, and the thread of each."""

    name: str
    messages: tuple[Heard, ...]
    threads: tuple[str, ...]


def read(path: Path) -> Chat:
    """Return one of the chats."""
    found = [_LINE.fullmatch(line) for line in path.read_text("utf-8").splitlines()]
    assert all(found), f"{path.name} has a line that is none"
    lines = [line for line in found if line]
    messages = tuple(
        said(
            line["text"],
            line["author"],
            message=str(at),
            at_ms=((int(line["h"]) * 60 + int(line["m"])) * 60 + int(line["s"])) * 1000,
            replied_to=line["reply"] or "",
        )
        for at, line in enumerate(lines, 1)
    )
    return Chat(path.stem, messages, tuple(line["thread"] for line in lines))


def every() -> list[Chat]:
    """Return all of the chats."""
    return [read(path) for path in sorted(FIXTURES.glob("*.chat"))]


def said(
    text: str, author: str = "mia", *, chat: str = "1", message: str = "1", at_ms: int = 0, **rest: object
) -> Heard:
    """Return a message of a person."""
    place = Place(chat)
    return Heard("discord", "discord", place, message, author, author, text, at_ms, **rest)  # type: ignore[arg-type]
