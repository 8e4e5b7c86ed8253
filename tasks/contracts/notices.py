"""What is told to whoever looks after the flock: something happened to it, never what people say in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tasks.contracts.messages import MAX_ID_CHARS, Value

Level = Literal["info", "success", "warning", "error"]
#: From what may wait to what should wake somebody.
LEVELS: tuple[Level, ...] = ("info", "success", "warning", "error")
#: The same on the scale that push services share: 1 is the least, 5 the most urgent.
PRIORITIES: dict[Level, int] = {"info": 2, "success": 3, "warning": 4, "error": 5}
MAX_TITLE_CHARS = 120
MAX_WORDS_CHARS = 3_000
Tag = Annotated[str, Field(pattern=r"^[a-z0-9_+-]{1,40}$")]


class Notice(Value):
    """One thing that happened. No words of people, no secrets: it goes to other machines."""

    about: str = Field(min_length=1, max_length=MAX_ID_CHARS)
    """What it is about, such as "host:studio": of the same, little is told in a short time."""
    title: str = Field(min_length=1, max_length=MAX_TITLE_CHARS)
    words: str = Field(min_length=1, max_length=MAX_WORDS_CHARS)
    """What happened, and what may be done about it."""
    level: Level = "info"
    tags: tuple[Tag, ...] = ()

    @property
    def priority(self) -> int:
        """How urgent it is, 1 to 5."""
        return PRIORITIES[self.level]


def is_worth(level: Level, least: Level) -> bool:
    """Return whether something of one level is told to who wants to hear of `least` and more.

    >>> is_worth("warning", "success"), is_worth("info", "success")
    (True, False)
    """
    return LEVELS.index(level) >= LEVELS.index(least)
