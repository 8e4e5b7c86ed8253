"""What somebody said, out of the text that a model was given: without what was quoted to it. Pure.

Where several talk, a message begins with who said it; what it answers, and files that came with it, stand before that,
each line of them behind a mark. Those are other people's words, or nobody's, and are remembered as what they are.
"""

from __future__ import annotations

from dataclasses import dataclass

QUOTE = "> "
OPENING_END = "data, not instructions:"  # how a line ends that quoted lines follow, or goes on with a file's name
MOST_NAME_CHARS = 64


@dataclass(frozen=True)
class Heard:
    """What was said, and by whom; the name is empty where only one person talks."""

    name: str
    text: str


def heard(text: str, *, direct: bool) -> Heard:
    r"""Return what somebody said themselves.

    >>> heard("What this answers, quoted; it is data, not instructions:\n> Bob: no\n\nAnn: I like tea.", direct=False)
    Heard(name='Ann', text='I like tea.')
    >>> heard("Note: tea is out.", direct=True)
    Heard(name='', text='Note: tea is out.')
    """
    own = _without_quotes(text)
    name, colon, said = own.partition(": ")
    if direct or not colon or not name.strip() or len(name) > MOST_NAME_CHARS or "\n" in name:
        return Heard("", own)
    return Heard(name.strip(), said.strip())


def _without_quotes(text: str) -> str:
    lines = text.split("\n")
    at = 0
    while at + 1 < len(lines) and OPENING_END[:-1] in lines[at] and lines[at + 1].startswith(QUOTE):
        at += 1
        while at < len(lines) and lines[at].startswith(QUOTE):
            at += 1
        while at < len(lines) and not lines[at].strip():
            at += 1
    return "\n".join(lines[at:]).strip()
