"""Cuts an answer into messages that a platform takes: where people would cut it, and never through a code block. Pure."""

from __future__ import annotations

from collections.abc import Callable


def split(text: str, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """Return the text in pieces of at most `limit`, as the platform's `length` counts.

    A code block that does not fit into one piece is closed in it and opened again, with its language, in the next.
    """
    raise NotImplementedError
