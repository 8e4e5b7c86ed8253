"""What Telegram marked in a text: commands and @names. It counts in halves of what is beyond the first plane. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Entities = Sequence[Mapping[str, Any]]
UNIT = 2  # bytes in UTF-16


def part(text: str, offset: int, length: int) -> str:
    """Return the part of a text that an entity covers.

    >>> part("😀 @bird", 3, 5)
    '@bird'
    """
    return _decoded(_encoded(text)[offset * UNIT : (offset + length) * UNIT])


def command(text: str, entities: Entities) -> tuple[str, str, str] | None:
    """Return the command that a text begins with, whom it is for ("" is for anybody), and the rest; None: none.

    >>> command("/ask@bird why?", [{"type": "bot_command", "offset": 0, "length": 9}])
    ('ask', 'bird', 'why?')
    """
    for entity in entities:
        if entity.get("type") == "bot_command" and entity["offset"] == 0:
            name, _, to = part(text, 0, entity["length"]).removeprefix("/").partition("@")
            return name.lower(), to, _cut(text, 0, entity["length"]).strip()
    return None


def addressed(text: str, entities: Entities, username: str, number: int) -> bool:
    """Return whether the bot is called by its name."""
    return any(_is_us(text, entity, username, number) for entity in entities)


def said_without(text: str, entities: Entities, username: str) -> str:
    """Return what is said, without the bot's name before or behind it.

    >>> said_without("@bird hello", [{"type": "mention", "offset": 0, "length": 5}], "bird")
    'hello'
    """
    for entity in sorted(entities, key=lambda each: -int(each["offset"])):
        start, length = int(entity["offset"]), int(entity["length"])
        if entity.get("type") != "mention" or not _is_us(text, entity, username, 0):
            continue
        before, after = part(text, 0, start), part(text, start + length, len(text) * UNIT)
        if not before.strip() or not after.strip():
            text = before + after
    return text.strip()


def _is_us(text: str, entity: Mapping[str, Any], username: str, number: int) -> bool:
    if entity.get("type") == "text_mention":
        return bool(entity["user"]["id"] == number)
    if entity.get("type") != "mention":
        return False
    return part(text, entity["offset"], entity["length"]).lower() == f"@{username}".lower()


def _cut(text: str, offset: int, length: int) -> str:
    return part(text, 0, offset) + part(text, offset + length, len(text) * UNIT)


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")
