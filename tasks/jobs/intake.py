"""What people send, made fit to store: never a crash, never silently something else than was said. Pure."""

from __future__ import annotations

import re

from tasks.contracts.errors import BadInput
from tasks.contracts.messages import MAX_TEXT_CHARS

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Marks that take no room or turn the reading direction: fine inside words, but no message by themselves.
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return `text` without control characters, half characters replaced by U+FFFD; right-to-left text stays as it is.

    Raises:
        BadInput: nothing is left to read, or it is longer than `MAX_TEXT_CHARS`.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise BadInput(
            f"the message has {len(text):,} characters, the most is {MAX_TEXT_CHARS:,}",
            next_step="send it in parts, or only the part that matters",
        )
    readable = _CONTROL.sub("", mended(text)).strip()
    if not _INVISIBLE.sub("", readable).strip():
        raise BadInput("the message is empty", next_step="write something to answer")
    return readable


def mended(text: str) -> str:
    """Return `text` with half characters replaced by U+FFFD, which JSON can carry and UTF-8 cannot; else as it is."""
    return _SURROGATE.sub("\ufffd", text)
