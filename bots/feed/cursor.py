"""How far one has read in a feed, so that nothing is read twice and nothing is missed. Pure.

Times in a feed are only nearly in order: several comments have the same, some show up late, and some servers let who
posts say the time. So one reads again from a while before the newest, and knows what was read in that while by its id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bots.feed.comments import Comment

LATE_MS = 60_000  # how much later than its time a comment may show up
AHEAD_MS = 60_000  # how far a comment's time may be ahead of our clock and still move the cursor
MOST_KNOWN = 2_000
MARK_CHARS = 10  # of an id's digest
AT, KNOWN = "cursor", "read"  # the names of the bookmarks


@dataclass(frozen=True)
class Cursor:
    """Up to where a feed is read."""

    at_ms: int = 0
    known: Mapping[str, int] = field(default_factory=dict)
    """Marks of the comments that were read and would be handed out again, and the time of each."""

    @property
    def since_ms(self) -> int:
        """The time after which one asks for comments."""
        return max(0, self.at_ms - LATE_MS)

    def unread(self, comments: Sequence[Comment]) -> list[Comment]:
        """Return those of the comments that were not read yet, in their order."""
        return [comment for comment in comments if comment.at_ms > self.since_ms and mark(comment) not in self.known]

    def after(self, comments: Iterable[Comment], now_ms: int) -> Cursor:
        """Return the cursor once these have been read as well. `now_ms` is our clock: no comment moves it far past."""
        read = {mark(comment): comment.at_ms for comment in comments}
        at_ms = max([self.at_ms, *(time for time in read.values() if time <= now_ms + AHEAD_MS)])
        known = {name: time for name, time in {**self.known, **read}.items() if time > at_ms - LATE_MS}
        latest = sorted(known.items(), key=lambda pair: pair[1])[-MOST_KNOWN:]
        return Cursor(at_ms, dict(latest))

    def as_bookmarks(self) -> dict[str, str]:
        """Return it as it is kept."""
        return {AT: str(self.at_ms), KNOWN: json.dumps(self.known, separators=(",", ":"))}


def read(bookmarks: Mapping[str, str]) -> Cursor | None:
    """Return the cursor that was kept; None: nothing was read yet."""
    if AT not in bookmarks:
        return None
    return Cursor(int(bookmarks[AT]), json.loads(bookmarks.get(KNOWN, "{}")))


def mark(comment: Comment) -> str:
    """Return what a comment is known again by."""
    return hashlib.sha256(comment.id.encode("utf-8", "surrogatepass")).hexdigest()[:MARK_CHARS]
