"""Where one sentence ends and the next begins, in prose of many scripts. Pure."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|(?<=[。！？])|\n+")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each on one line.

    >>> sentences("Hello there! I pay 3.50 for tea.  You?")
    ['Hello there!', 'I pay 3.50 for tea.', 'You?']
    """
    return [" ".join(found.split()) for found in _END.split(text) if found and found.strip()]
