"""Where a text may be cut without taking apart what people see as one character. Pure."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"
LONGEST = 32  # code points of what is one character to people; beyond that it is somebody's joke


def boundary(text: str, position: int) -> int:
    """Return the last place at or before `position` that takes no character apart.

    >>> boundary("no\N{COMBINING TILDE}", 2)
    1
    """
    for at in range(position, max(position - LONGEST, 0), -1):
        if at >= len(text) or not _holds_together(text, at):
            return at
    return position


def _holds_together(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after == JOINER or before == JOINER or _follows(after):
        return True
    return _is_flag_half(after) and _halves_before(text, at) % 2 == 1


def _follows(char: str) -> bool:
    code = ord(char)
    skin, tag = 0x1F3FB <= code <= 0x1F3FF, 0xE0020 <= code <= 0xE007F
    return skin or tag or unicodedata.category(char) in {"Mn", "Me", "Mc"}


def _is_flag_half(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _halves_before(text: str, at: int) -> int:
    count = 0
    while count < min(at, LONGEST) and _is_flag_half(text[at - 1 - count]):
        count += 1
    return count
