"""Memories as the model reads them: quoted, with who said it and how long ago, as far as there is room. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from tasks.memory.values import Found, Kind, Memory

MS, DAY_MS = 1000, 86_400_000
MOST_CHARS = 200  # of one memory
CHARS_PER_TOKEN = 3.0  # below what English needs, so that the estimate errs on the safe side
CUT = "…"
HEADING = "RELEVANT CONTEXT FROM PAST CONVERSATIONS:"


def rendered(found: Sequence[Found], now_ms: int, budget_tokens: int, zone: tzinfo = UTC) -> str:
    """Return memories as numbered lines, the best first, as many as fit; empty where none does.

    A line holds no line break and no mark that could end its quotation: whatever it says is data.
    """
    lines: list[str] = []
    left = int(budget_tokens * CHARS_PER_TOKEN)
    for one in found:
        line = f"{len(lines) + 1}. {told(one.memory, now_ms, zone)}"
        left -= cost(line)
        if left < 0:
            break
        lines.append(line)
    return "\n".join(lines)


def told(memory: Memory, now_ms: int, zone: tzinfo = UTC) -> str:
    """Return one memory as a line.

    >>> told(Memory("s", "t", "1", "I like  tea.", 0, name="Ann"), 3 * DAY_MS)
    '[3 days ago] Ann: "I like tea."'
    """
    who = "notes" if memory.kind is Kind.DIGEST else memory.name or memory.author
    return dated(memory.at_ms, who, memory.text, now_ms, zone)


def dated(at_ms: int, who: str, text: str, now_ms: int, zone: tzinfo = UTC) -> str:
    """Return what was said, with how long ago and by whom, as one line."""
    return f'[{age(at_ms, now_ms, zone)}] {quoted(who)}: "{cut(quoted(text))}"'


def age(at_ms: int, now_ms: int, zone: tzinfo = UTC) -> str:
    """Return how long ago a moment was, as people count: by days of the calendar.

    >>> age(0, 0), age(0, DAY_MS), age(0, 20 * DAY_MS)
    ('today', '1 day ago', '20 days ago')
    """
    then, now = (datetime.fromtimestamp(at / MS, zone).date() for at in (at_ms, now_ms))
    days = max(0, (now - then).days)
    return f"{days} day{'s' if days > 1 else ''} ago" if days else "today"


def quoted(text: str) -> str:
    """Return text that stays within a quotation: on one line, without controls, with its quotation marks turned."""
    plain = "".join(" " if _is_control(char) else char for char in text)
    return " ".join(plain.replace('"', "”").split())


def cut(text: str, most_chars: int = MOST_CHARS) -> str:
    """Return text, or its beginning up to a word, where it is too long."""
    if len(text) <= most_chars:
        return text
    head = text[: most_chars - len(CUT)]
    at = head.rfind(" ")
    return (head[:at] if at > most_chars // 2 else head).rstrip() + CUT


def cost(text: str) -> int:
    """Return how many characters of English a text takes as much room as: one beyond ASCII takes up to a token."""
    wide = sum(char > "\x7f" for char in text)
    return len(text) + 1 + int(wide * (CHARS_PER_TOKEN - 1))


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}
