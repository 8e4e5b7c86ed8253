"""What somebody says in a message: it without code, addresses and quoted lines, as far as one looks at it."""

from __future__ import annotations

import re

LOOKED_AT_CHARS = 4_000  # of a message: its beginning and, of a long one, its end, where people ask
END_CHARS = 1_000

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
# Each begins with something fixed, or where a run of letters does: a long text is read once, whatever is in it.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[\x21-\x3b\x3d\x3f-\x7e]++"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]++",
    re.IGNORECASE | re.ASCII,
)
_BLANKS = re.compile(r"\s+")


def spoken(text: str) -> str:
    """Return what is left for a reader who listens.

    >>> spoken("see https://ada.example/?q=1 or `ada()` please")
    'see or please'
    """
    seen = text if len(text) <= LOOKED_AT_CHARS else f"{text[: LOOKED_AT_CHARS - END_CHARS]}\n{text[-END_CHARS:]}"
    for pattern in (_FENCED, _CODE, _QUOTED, _ADDRESS):
        seen = pattern.sub(" ", seen)
    return _BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", seen).strip()
