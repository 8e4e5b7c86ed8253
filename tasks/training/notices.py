"""A notice of training: what every one of them has in common. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.contracts.notices import MAX_TITLE_CHARS, MAX_WORDS_CHARS, Level, Notice
from tasks.contracts.shortening import shortened

TAG = "training"


def notice(about: str, title: str, lines: Sequence[str], level: Level) -> Notice:
    """Return a notice with as much of its lines as there is room for.

    Args:
        about: what a second notice of the same is known by, so that nobody is told twice.
        title: one line.
        lines: what there is to say, the weightiest first.
        level: how weighty it is.
    """
    return Notice(
        about=shortened(about, MAX_TITLE_CHARS),
        title=shortened(title, MAX_TITLE_CHARS),
        words=shortened("\n".join(lines), MAX_WORDS_CHARS),
        level=level,
        tags=(TAG,),
    )
