"""Cuts an answer into messages that a platform takes: where people would, and never through a code block. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bots.delivery.fences import Block, blocks_of, opens_or_closes
from bots.delivery.graphemes import boundary

SMALLEST_LIMIT = 200  # below that, opening a code block again would take most of a message
ROOM_TO_CLOSE = 80  # for lines that open and close a code block, in a text that nobody but a test would write
FULL_SHARE = 0.5  # a message is at least this full, where words end somewhere
Length = Callable[[str], int]

PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
LINE = re.compile(r"[ \t]*\n")
SENTENCE = re.compile(r"(?<=[.!?…])[ \t]+|(?<=[。！？])(?=.)")
WORD = re.compile(r"[ \t]+")
KINDS = (PARAGRAPH, LINE, SENTENCE, WORD)


@dataclass(frozen=True)
class Cut:
    """Where a message ends and the next one begins: the space between them goes away."""

    end: int
    next: int


def utf16(text: str) -> int:
    """Return how long a text is for platforms that count in halves of what is beyond the first plane.

    >>> utf16("a"), utf16("🐦")
    (1, 2)
    """
    return len(text) + sum(char > "\uffff" for char in text)


def split(text: str, limit: int, length: Length = len) -> list[str]:
    """Return the text in pieces of at most `limit`, as the platform's `length` counts; none for a blank text.

    A code block that does not fit into one piece is closed in it and opened again, with its language, in the next.
    """
    assert limit >= SMALLEST_LIMIT
    return list(_Splitter(text.rstrip(), limit, length).pieces())


class _Splitter:
    """One text on its way through."""

    def __init__(self, text: str, limit: int, length: Length) -> None:
        self._text, self._limit, self._length = text, limit, length
        self._blocks = blocks_of(text)

    def pieces(self) -> Iterator[str]:
        start = _after_blank_lines(self._text, 0)
        while start < len(self._text):
            cut = self._cut(start)
            yield self._piece(start, cut.end)
            start = cut.next

    def _cut(self, start: int) -> Cut:
        """Return the best place to end the piece that begins at `start`."""
        if self._fits(start, len(self._text)):
            return Cut(len(self._text), len(self._text))
        reach = self._reach(start)
        good = next((cut for cut in self._cuts(start, reach) if self._is_good(start, cut)), None)
        return good or self._at(max(start + 1, reach - ROOM_TO_CLOSE), hard=True)

    def _cuts(self, start: int, reach: int) -> Iterator[Cut]:
        """Yield places to cut, the best ones first."""
        block = self._block_at(reach)
        if block is not None and start < block.start and self._fits(block.start, block.end):
            yield self._at(block.start)  # it can be whole, in a message of its own
        least = start + int((reach - start) * FULL_SHARE)
        for kind in KINDS:
            for found in reversed(list(kind.finditer(self._text, least, reach + 1))):
                yield self._at(found.start())
        for kind in (LINE, WORD):
            for found in reversed(list(kind.finditer(self._text, start, least))):
                yield self._at(found.start())
        for end in range(reach, start, -1):
            yield self._at(end, hard=True)

    def _at(self, end: int, *, hard: bool = False) -> Cut:
        if hard:
            end = boundary(self._text, end)
            return Cut(end, end)
        if self._inside(end) is not None:  # what indents a line of code stays
            return Cut(end, min(self._text.find("\n", end) + 1 or end, len(self._text)))
        return Cut(end, _after_blank_lines(self._text, end))

    def _is_good(self, start: int, cut: Cut) -> bool:
        if cut.end <= start or any(block.is_hurt_at(cut.end) or block.is_hurt_at(cut.next) for block in self._blocks):
            return False
        inside = self._inside(cut.end)
        in_the_line = inside is not None and self._text[cut.end : cut.next].strip(" \t") not in {"", "\n"}
        if in_the_line or not self._text[start : cut.end].strip() or self._makes_a_fence(cut.next):
            return False
        return self._fits(start, cut.end) and self._is_balanced(start, cut.end)

    def _makes_a_fence(self, position: int) -> bool:
        """Return whether what stood within a line would be the first or last line of a code block in the next piece."""
        at_the_margin = position == 0 or self._text[position - 1] == "\n"
        return not at_the_margin and opens_or_closes(self._text, position)

    def _is_balanced(self, start: int, end: int) -> bool:
        piece = self._piece(start, end)
        return all(block.end <= len(piece) for block in blocks_of(piece))

    def _reach(self, start: int) -> int:
        """Return how far a piece could reach that begins at `start`."""
        low, high = start, min(len(self._text), start + self._limit)
        while low < high:
            middle = (low + high + 1) // 2
            if self._length(self._text[start:middle]) <= self._limit:
                low = middle
            else:
                high = middle - 1
        return low

    def _fits(self, start: int, end: int) -> bool:
        return self._length(self._piece(start, end)) <= self._limit

    def _piece(self, start: int, end: int) -> str:
        opened, closed = self._inside(start), self._inside(end)
        words = self._text[start:end]
        before = opened.opening if opened else ""
        return before + words.rstrip("\n" if closed else None) + (closed.closing if closed else "")

    def _inside(self, position: int) -> Block | None:
        for block in self._blocks:
            never_closed = position == len(self._text) < block.last
            if block.is_cut_at(position) or never_closed:
                return block
        return None

    def _block_at(self, position: int) -> Block | None:
        return next((block for block in self._blocks if block.start < position < block.end), None)


def _after_blank_lines(text: str, position: int) -> int:
    """Return where words go on: blank lines and the space at a cut go away, what indents a line stays."""
    gap = re.compile(r"(?:[ \t]*\n)+|[ \t]+").match(text, position)
    return gap.end() if gap else position
