"""Text that must not be longer than there is room for. Pure."""

from __future__ import annotations


def shortened(text: str, most_chars: int) -> str:
    """Return a text, or its beginning and a sign that more was said.

    >>> shortened("a nest of twigs", 15), shortened("a nest of twigs", 7)
    ('a nest of twigs', 'a nest…')
    """
    return text if len(text) <= most_chars else f"{text[: max(0, most_chars - 1)]}…"
