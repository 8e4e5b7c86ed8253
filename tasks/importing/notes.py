"""From a page of Markdown that somebody keeps notes in to the single notes. Pure.

A note is what stands by itself: a line of a list with what belongs to it, or a paragraph; the headings above it say
what it is about. What a template left to be filled in is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

MOST_CHARS = 1_000  # of a note; what is longer is several
MOST_NOTES = 5_000  # of one page
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*\Z")
_ITEM = re.compile(r"\A[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_RULE = re.compile(r"[ \t]*(?:-[ \t]*){3,}\Z|[ \t]*(?:[*_=][ \t]*){3,}\Z")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_TO_FILL_IN = re.compile(r"[_*]{1,2}[(\[]?.*[)\]]?[_*]{1,2}\Z", re.DOTALL)
_LABEL_ALONE = re.compile(r"[^:：]{1,60}[:：]\Z")
_MARKS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


def notes_of(page: str) -> Iterator[str]:
    r"""Yield the notes of a page, each with the headings below the page's own before it.

    >>> list(notes_of("# Memory\n\n## Tea\n- likes *green* tea\n- **Never:** black\n\nBuy some."))
    ['Tea: likes green tea', 'Tea: Never: black', 'Tea: Buy some.']
    """
    text = _FRONT_MATTER.sub("", _COMMENT.sub("", page.replace("\r\n", "\n")))
    yield from islice(_notes(text), MOST_NOTES)


def _notes(text: str) -> Iterator[str]:
    above: dict[int, str] = {}
    for block in _blocks(text):
        if heading := _HEADING.match(block):
            depth = len(heading[1])
            above = {level: title for level, title in above.items() if level < depth} | {depth: _plain(heading[2])}
            continue
        said = _plain(_ITEM.sub("", block, count=1))
        if not said or _TO_FILL_IN.match(_ITEM.sub("", block, count=1).strip()) or _LABEL_ALONE.match(said):
            continue
        about = " / ".join(title for level, title in above.items() if level > 1 and title)
        for part in _parts(said):
            yield f"{about}: {part}" if about else part


def _blocks(text: str) -> Iterator[str]:
    """Yield headings, items of lists and paragraphs as they stand; what is fenced is one paragraph."""
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fence = bool(_FENCE.match(line))
        begins = not fenced and bool(_HEADING.match(line) or _ITEM.match(line) or _RULE.match(line) or not line.strip())
        if begins and lines:
            yield "\n".join(lines)
            lines = []
        fenced ^= fence
        if _HEADING.match(line) and not fenced:
            yield line
        elif line.strip() and not fence and (fenced or not _RULE.match(line)):
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).split())


def _parts(said: str) -> Iterator[str]:
    """Yield what is said in parts of which none is too long, between sentences where that can be."""
    part = ""
    for sentence in _SENTENCE.split(said):
        for piece in (sentence[at : at + MOST_CHARS] for at in range(0, len(sentence), MOST_CHARS)):
            if part and len(part) + 1 + len(piece) > MOST_CHARS:
                yield part
                part = ""
            part = f"{part} {piece}" if part else piece
    if part:
        yield part
