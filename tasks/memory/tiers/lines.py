"""Digests are lines: one thing that somebody said, after who did. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_BULLET = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.)])\s+")
BETWEEN = ": "
MOST_CHARS = 800  # of a digest: what makes vectors reads little more


@dataclass(frozen=True)
class Line:
    """One thing that was said."""

    who: str
    """By name; empty where nobody in particular did."""
    what: str

    def __str__(self) -> str:
        """Return it as it stands in a digest."""
        return f"{self.who}{BETWEEN}{self.what}" if self.who else self.what

    @property
    def folded(self) -> str:
        """What tells whether another one says the very same."""
        return " ".join(str(self).casefold().split())


def read(text: str, known: frozenset[str] = frozenset()) -> list[Line]:
    """Return the lines of a digest; a name stands before one where `known` holds it, or none is known."""
    return list(_read(text, known))


def _read(text: str, known: frozenset[str]) -> Iterator[Line]:
    for told in text.splitlines():
        plain = _BULLET.sub("", told).strip()
        who, colon, what = plain.partition(BETWEEN)
        if colon and what.strip() and (who in known if known else len(who.split()) <= 3):
            yield Line(who.strip(), what.strip())
        elif plain:
            yield Line("", plain)


def written(lines: Iterable[Line]) -> str:
    """Return lines as the text of a digest."""
    return "\n".join(map(str, lines))


def packed(lines: Iterable[Line], most_chars: int = MOST_CHARS) -> list[list[Line]]:
    """Return lines in their order, as many together as there is room for; one that is longer stands alone."""
    rows: list[list[Line]] = []
    left = 0
    for line in lines:
        length = len(str(line)) + 1
        if not rows or length > left:
            rows.append([])
            left = most_chars
        rows[-1].append(line)
        left -= length
    return rows


def each_once(lines: Iterable[Line]) -> list[Line]:
    """Return lines without those that say the very same as one before."""
    once: dict[str, Line] = {}
    for line in lines:
        once.setdefault(line.folded, line)
    return list(once.values())
