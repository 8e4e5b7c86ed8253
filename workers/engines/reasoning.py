"""Tells thinking aloud from the answer in a stream of text: `<think>…</think>`, wherever the pieces are cut."""

from __future__ import annotations

from tasks.services import Piece

OPENING = "<think>"
CLOSING = "</think>"


class ReasoningSplitter:
    r"""Folds thinking that stands in the text itself. It opens only where a line begins: elsewhere it is quoted.

    >>> splitter = ReasoningSplitter()
    >>> splitter.feed("<thi"), splitter.feed("nk>hm</think>\n\nYes.")
    ([], [Piece(text='hm', reasoning=True), Piece(text='Yes.', reasoning=False)])
    """

    def __init__(self) -> None:
        self._held = ""  # text that may yet turn out to be a tag
        self._thinking = False
        self._fresh_line = True  # only white space since the line began
        self._skip_space = False  # between the thinking and the answer

    def feed(self, text: str) -> list[Piece]:
        """Return what can be told by now; the beginning of what may be a tag is held back."""
        self._held += text
        pieces: list[Piece] = []
        while self._held:
            before = len(self._held)
            self._take(pieces)
            if len(self._held) == before:
                break
        return pieces

    def end(self) -> list[Piece]:
        """Return what was held back: no more text will make it a tag."""
        rest, self._held = self._held, ""
        return [Piece(rest, reasoning=self._thinking)] if rest else []

    def _take(self, pieces: list[Piece]) -> None:
        if self._thinking:
            self._take_thought(pieces)
        else:
            self._take_answer(pieces)

    def _take_thought(self, pieces: list[Piece]) -> None:
        cut = _tag_at(self._held, CLOSING)
        _add(pieces, self._held[:cut], reasoning=True)
        self._held = self._held[cut:]
        if self._held.startswith(CLOSING):
            self._held = self._held.removeprefix(CLOSING)
            self._thinking, self._fresh_line, self._skip_space = False, True, True

    def _take_answer(self, pieces: list[Piece]) -> None:
        """Take one line, or the space before what may be a tag."""
        if self._skip_space:
            self._held = self._held.lstrip()
        if self._fresh_line and self._take_opening(pieces):
            return
        end = self._held.find("\n") + 1 or len(self._held)
        line, self._held = self._held[:end], self._held[end:]
        self._fresh_line = line.endswith("\n") or (self._fresh_line and not line.strip())
        self._skip_space = self._skip_space and not line
        _add(pieces, line, reasoning=False)

    def _take_opening(self, pieces: list[Piece]) -> bool:
        """Deal with a line that begins like a tag; return whether it does."""
        shown = self._held.lstrip()
        if not shown or not (shown.startswith(OPENING) or OPENING.startswith(shown)):
            return False
        _add(pieces, self._held[: len(self._held) - len(shown)], reasoning=False)
        self._held = shown
        if shown.startswith(OPENING):
            self._held = shown.removeprefix(OPENING)
            self._thinking, self._skip_space = True, False
        return True


def _tag_at(text: str, tag: str) -> int:
    """Return where `tag`, or what may be its beginning, stands in `text`; its length when nowhere."""
    found = text.find(tag)
    if found >= 0:
        return found
    for size in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:size]):
            return len(text) - size
    return len(text)


def _add(pieces: list[Piece], text: str, *, reasoning: bool) -> None:
    if text:
        pieces.append(Piece(text, reasoning=reasoning))
