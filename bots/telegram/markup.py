"""From the Markdown that models write to the HTML that Telegram reads. Pure, and always balanced.

What people see is never longer than the Markdown was, so that a text cut by its own length fits.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FENCE = re.compile(r"^[ \t]{0,12}(?P<marker>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]{0,24})[^\n`]*$")
_HEADING = re.compile(r"^#{1,6}\s+(?P<words>.*)$")
_ITEM = re.compile(r"^(?P<indent>[ \t]*)[-*+]\s+(?P<words>\S.*)$")
_QUOTE = re.compile(r"^>[ ]?(?P<words>.*)$")
_RULE = re.compile(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_PIECES = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!~>|-])"
    r"|``(?P<ticked>[^\n]+?)``|`(?P<code>[^`\n]+)`"
    r"|!?\[(?P<label>[^\[\]\n]{1,300})\]\((?P<address>https?://[^\s()<>\"]{1,1000}(?:\([^\s()<>\"]{0,200}\)"
    r"[^\s()<>\"]{0,200})?)(?:\s+\"[^\"\n]{0,200}\")?\)"
    r"|(?P<url>https?://[^\s<>]+)"
    r"|(?P<mark>\*{1,3}|__|~~|_)"
)
_TAGS = {"**": "b", "__": "b", "*": "i", "_": "i", "~~": "s"}
_MENTION = re.compile(r"(?<![^\W_])@(?=\w{3})")
_MAY_BE_ONE = re.compile(r"@(?=\w{3})")  # whatever stands before it, once marks have been taken away
JOINER = "\u2060"  # between @ and a name, so that nobody is called by what a model wrote
BULLET = "•"


def to_html(markdown: str) -> str:
    """Return a text as Telegram's HTML.

    >>> to_html("**Fish** & _chips_: `a < b`")
    '<b>Fish</b> &amp; <i>chips</i>: <code>a &lt; b</code>'
    """
    made = "\n".join(_blocks(markdown.split("\n")))
    return made if made.strip() else escaped(markdown)  # nothing but marks: they are the words


def plain(markdown: str) -> str:
    """Return a text for a place without markup: as it is, but calling nobody."""
    return hushed(markdown)


def escaped(text: str) -> str:
    """Return plain words as Telegram's HTML."""
    return html.escape(hushed(text), quote=False)


def hushed(text: str) -> str:
    """Return a text in which no @name is somebody's.

    >>> hushed("ask @ann, a@b.org") == f"ask @{JOINER}ann, a@b.org"
    True
    """
    return _MENTION.sub(f"@{JOINER}", text)


def length(text: str) -> int:
    """Return how long a text is at most, once Telegram has read it: in halves of what is beyond the first plane."""
    return len(text) + sum(char > "\uffff" for char in text) + len(_MAY_BE_ONE.findall(text))


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence:
            end = _closing(lines, at, fence["marker"])
            yield _code("\n".join(lines[at + 1 : end]), fence["language"])
            at = end + 1
        elif _QUOTE.match(lines[at]):
            end = at
            while end < len(lines) and _QUOTE.match(lines[end]):
                end += 1
            quoted = [found["words"] for line in lines[at:end] if (found := _QUOTE.match(line))]
            yield f"<blockquote>{chr(10).join(map(_line, quoted))}</blockquote>"
            at = end
        else:
            yield _line(lines[at])
            at += 1


def _closing(lines: list[str], opened: int, marker: str) -> int:
    """Return which line closes a code block; one that is never closed goes on to the end."""
    closes = (at for at in range(opened + 1, len(lines)) if set(lines[at].strip()) == {marker[0]})
    return next((at for at in closes if len(lines[at].strip()) >= len(marker)), len(lines))


def _code(words: str, language: str) -> str:
    inside = html.escape(words, quote=False)
    if not inside.strip():
        return inside
    named = f'<code class="language-{html.escape(language)}">{inside}</code>' if language else inside
    return f"<pre>{named}</pre>"


def _line(line: str) -> str:
    if heading := _HEADING.match(line):
        words = _inline(heading["words"].strip().replace("**", ""))
        return f"<b>{words}</b>" if words else ""
    if _RULE.match(line):
        return "———"
    if item := _ITEM.match(line):
        return f"{item['indent']}{BULLET} {_inline(item['words'])}"
    return _inline(line)


@dataclass
class _Inline:
    """One line on its way through: marks become tags where both ends are found, and stay what they are elsewhere."""

    line: str
    out: list[str] = field(default_factory=list)
    open: list[tuple[str, int]] = field(default_factory=list)

    def read(self) -> str:
        at = 0
        for piece in _PIECES.finditer(self.line):
            self.out.append(escaped(self.line[at : piece.start()]))
            self._put(piece)
            at = piece.end()
        self.out.append(escaped(self.line[at:]))
        return "".join(self.out)

    def _put(self, piece: re.Match[str]) -> None:
        if piece["mark"]:
            before, after = self.line[: piece.start()][-1:], self.line[piece.end() :][:1]
            for mark in self._marks(piece["mark"]):
                self._mark(mark, before, after)
        elif piece["escaped"]:
            self.out.append(html.escape(piece["escaped"], quote=False))
        elif code := piece["code"] or piece["ticked"]:
            self.out.append(f"<code>{html.escape(code, quote=False)}</code>")
        elif piece["label"]:
            self.out.append(f'<a href="{html.escape(piece["address"])}">{escaped(piece["label"])}</a>')
        else:
            self.out.append(html.escape(piece["url"], quote=False))

    def _marks(self, found: str) -> tuple[str, ...]:
        """Return the marks that three stars in a row are, so that what was opened last is closed first."""
        if found != "***":
            return (found,)
        return ("*", "**") if self.open and self.open[-1][0] == "*" else ("**", "*")

    def _mark(self, mark: str, before: str, after: str) -> None:
        inside_a_word = mark[0] == "_" and before.isalnum() and after.isalnum()
        opened = next((at for at in range(len(self.open) - 1, -1, -1) if self.open[at][0] == mark), None)
        if opened is not None and before.strip() and not inside_a_word:
            _, place = self.open[opened]
            del self.open[opened:]  # what was opened since and not closed stays as it was written
            self.out[place] = f"<{_TAGS[mark]}>"
            self.out.append(f"</{_TAGS[mark]}>")
            return
        if after.strip() and not inside_a_word:
            self.open.append((mark, len(self.out)))
        self.out.append(mark)


def _inline(line: str) -> str:
    return _Inline(line).read()
