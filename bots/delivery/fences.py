"""Where the code blocks of a text are. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What is longer is no fence that anybody meant; so each way to close and to open one again is short.
_FENCE = re.compile(r"^[ \t]{0,12}(?P<marker>`{3,12}|~{3,12})(?P<info>[^\n`]{0,60})$", re.MULTILINE)
LANGUAGE_CHARS = 24
LONGEST_LINE = 100  # that can be a fence, and a little more


@dataclass(frozen=True)
class Block:
    """A code block: where its first line begins, its words begin, its last line begins, and where it ends."""

    start: int
    body: int
    last: int
    end: int
    marker: str
    language: str

    @property
    def opening(self) -> str:
        """The line that opens it again in the next message."""
        return f"{self.marker}{self.language}\n"

    @property
    def closing(self) -> str:
        """What closes it at the end of a message."""
        return f"\n{self.marker}"

    def is_cut_at(self, position: int) -> bool:
        """Return whether a cut there would be between two of its lines, or within one."""
        return self.body < position < self.last

    def is_hurt_at(self, position: int) -> bool:
        """Return whether a cut there would take its first or last line apart, or leave nothing between them."""
        return self.start < position <= self.body or self.last <= position < self.end


def blocks_of(text: str) -> list[Block]:
    """Return the code blocks of a text, in order; one that is never closed reaches beyond its end."""
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    for line in _FENCE.finditer(text):
        if opened is None:
            opened = line
        elif _closes(line, opened):
            blocks.append(_block(opened, line.start(), line.end()))
            opened = None
    if opened is not None:
        blocks.append(_block(opened, len(text) + 1, len(text) + 1))
    return blocks


def opens_or_closes(text: str, position: int) -> bool:
    """Return whether a line that begins there would be the first or last one of a code block."""
    return _FENCE.match(text[position : position + LONGEST_LINE].partition("\n")[0]) is not None


def _closes(line: re.Match[str], opened: re.Match[str]) -> bool:
    return line["marker"].startswith(opened["marker"]) and not line["info"].strip()


def _block(opened: re.Match[str], last: int, end: int) -> Block:
    language = (opened["info"].split() or [""])[0][:LANGUAGE_CHARS]
    return Block(opened.start(), opened.end() + 1, last, end, opened["marker"], language)
