"""How far a bot has come with what it hears: the last message of each channel, an offset, a cursor. Durable.

A value of digits only grows: whoever comes late with an older one changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.jobs import record
from tasks.jobs.values import Move


def get(bot: str, name: str) -> Move[str]:
    """Read one bookmark; empty: there is none."""

    def read(answer: list[Any]) -> str:
        return record.paired(answer).get(name, "")

    return Move("marks", (bot, name), read, rings=False)


def get_many(bot: str, *names: str) -> Move[dict[str, str]]:
    """Read these bookmarks, or all of a bot where none is named; what there is none of is left out."""
    return Move("marks", (bot, *names), record.paired, rings=False)


def put(bot: str, name: str, value: str | int) -> Move[bool]:
    """Set a bookmark; False: it stays where it is, which is as far or farther."""
    return Move("mark", (bot, name, str(value)), bool, rings=False)


def put_many(bot: str, values: Mapping[str, str | int]) -> Move[int]:
    """Set many bookmarks at once; returns how many moved."""
    return Move(
        "mark", (bot, *(part for name, value in values.items() for part in (name, str(value)))), int, rings=False
    )


def forget(bot: str, name: str) -> Move[bool]:
    """Take a bookmark away, so that a platform that counts anew is heard; False: there was none."""
    return Move("unmark", (bot, name), bool, rings=False)
