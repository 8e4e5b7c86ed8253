"""What a model thinks aloud before it answers: told from the answer, and kept only where a persona shows it. Pure.

Engines mark thinking as such wherever they can tell. Some models begin to think without saying so, because their
template opened the tag for them: then only its end stands in the text.
"""

from __future__ import annotations

import re

MAX_CHARS = 32_000  # of what is kept; who thinks longer is kept to the last of it
_ORPHAN = re.compile(r"\A(?P<thought>(?:(?!<think>).)*?)^[ \t]*</think>[ \t]*(?:\n+|\Z)", re.DOTALL | re.MULTILINE)


class Thoughts:
    """What was thought for one answer."""

    def __init__(self, *, kept: bool) -> None:
        self.any = False
        self._kept = kept
        self._parts: list[str] = []
        self._chars = 0

    def add(self, text: str) -> None:
        """Note some of it."""
        self.any = self.any or bool(text.strip())
        if self._kept:
            self._parts.append(text)
            self._chars += len(text)
            while self._chars - len(self._parts[0]) >= MAX_CHARS:
                self._chars -= len(self._parts.pop(0))

    @property
    def text(self) -> str:
        """What is kept of it: the last of it, if it is much; nothing unless it is to be kept."""
        return "".join(self._parts)[-MAX_CHARS:].strip()


def parted(text: str) -> tuple[str, str]:
    r"""Return the answer, and the thinking before it that only an end on a line of its own tells.

    >>> parted("hm\n</think>\n\nYes.")
    ('Yes.', 'hm\n')
    """
    found = _ORPHAN.match(text)
    return (text[found.end() :], found["thought"]) if found else (text, "")
