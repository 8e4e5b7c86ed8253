"""Makes what goes out harmless: nothing invisible, nothing that turns the line around, nobody called by accident. Pure."""

from __future__ import annotations


def harmless(text: str) -> str:
    """Return text without bidi and zero-width characters and control characters, and not without end."""
    raise NotImplementedError


def unpinged(text: str) -> str:
    """Return text in which nothing calls anybody, for platforms that cannot be told to let mentions be words."""
    raise NotImplementedError


def same_words(posted: str, wanted: str) -> bool:
    """Return whether a message that was found in a chat's history may be what is to stand there, half-written or whole."""
    raise NotImplementedError
