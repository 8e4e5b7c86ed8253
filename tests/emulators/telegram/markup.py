"""Texts as Telegram counts and reads them: UTF-16 units, strict HTML, the marks found in plain words."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_MARKS = re.compile(
    r"(?P<bot_command>(?<![\w/])/[a-zA-Z0-9_]{1,32}(?:@\w{3,32})?\b)"
    r"|(?P<mention>(?<![\w@])@\w{4,32}\b)|(?P<url>https?://[^\s<>]+)",
    re.ASCII,
)
Entity = dict[str, Any]


class CannotParse(Exception):
    """What Telegram says of markup that it does not understand."""


def units(text: str) -> int:
    """Return how long a text is for Telegram.

    >>> units("a😀")
    3
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, offset: int, length: int) -> str:
    """Return the part of a text that an entity covers."""
    return text.encode("utf-16-le")[offset * 2 : (offset + length) * 2].decode("utf-16-le")


def found(text: str) -> list[Entity]:
    """Return the marks that Telegram finds by itself in what a person writes."""
    return [
        {"type": match.lastgroup, "offset": units(text[: match.start()]), "length": units(match[0])}
        for match in _MARKS.finditer(text)
    ]


def stripped(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Return a text without the blanks around it, as Telegram stores it."""
    left = units(text) - units(text.lstrip())
    bare = text.strip()
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - left)
        end = min(units(bare), entity["offset"] + entity["length"] - left)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return bare, kept


@dataclass
class _Open:
    name: str
    start: int
    attributes: dict[str, str]


@dataclass
class _Parser:
    source: str
    out: str = ""
    stack: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def parse(self) -> tuple[str, list[Entity]]:
        at = 0
        while at < len(self.source):
            char = self.source[at]
            if char == "<":
                at = self._tag(at)
            elif char == "&" and (reference := _REFERENCE.match(self.source, at)):
                self.out += html.unescape(reference[0])
                at = reference.end()
            else:
                self.out += char
                at += 1
        if self.stack:
            raise CannotParse(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return self.out, self.entities

    def _tag(self, at: int) -> int:
        where = len(self.source[:at].encode())
        tag = _TAG.match(self.source, at)
        if tag is None:
            raise CannotParse(f'Unsupported start tag "{self.source[at + 1 : at + 9]}" at byte offset {where}')
        name = tag[2].lower()
        if tag[1]:
            self._close(name, where)
        elif name in TAGS:
            attributes = {
                each[1].lower(): html.unescape(each[2] or each[3] or "") for each in _ATTRIBUTE.finditer(tag[3])
            }
            self.stack.append(_Open(name, units(self.out), attributes))
        else:
            raise CannotParse(f'Unsupported start tag "{name}" at byte offset {where}')
        return tag.end()

    def _close(self, name: str, where: int) -> None:
        if not self.stack:
            raise CannotParse(f"Unexpected end tag at byte offset {where}")
        opened = self.stack.pop()
        if opened.name != name:
            raise CannotParse(
                f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", found "</{name}>"'
            )
        entity = {"type": TAGS[name], "offset": opened.start, "length": units(self.out) - opened.start}
        language = opened.attributes.get("class", "").removeprefix("language-")
        if name == "code" and self.stack and self.stack[-1].name == "pre":
            self.stack[-1].attributes["language"] = language
            return
        if name == "pre" and opened.attributes.get("language"):
            entity["language"] = opened.attributes["language"]
        if name == "a":
            if not opened.attributes.get("href", "").startswith(("http://", "https://", "tg://")):
                return
            entity["url"] = opened.attributes["href"]
        if entity["length"]:
            self.entities.append(entity)


def parsed(text: str, parse_mode: str) -> tuple[str, list[Entity]]:
    """Return a text and its entities as Telegram understands them. Raises CannotParse."""
    if not parse_mode:
        return stripped(text, found(text))
    if parse_mode.lower() != "html":
        raise CannotParse(f"this emulator knows HTML only, not {parse_mode}")
    return stripped(*_Parser(text).parse())
