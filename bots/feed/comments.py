"""Comments of a feed: how they travel, and what is made of them. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.delivery.safe import same_words
from bots.platform import Heard, Place

PLATFORM = "feed"
MACHINE = "ai"  # the type of what no person wrote
NOBODY = "anonymous"
OURS = "rookery-"  # how the ids begin of what we post
_LABEL = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Comment:
    """One comment, as the server has it."""

    id: str
    text: str
    at_ms: int
    username: str = ""
    color: str = ""
    channel: str = ""
    by_machine: bool = False

    @property
    def order(self) -> tuple[int, str]:
        """What comments are sorted by."""
        return self.at_ms, self.id


@dataclass(frozen=True)
class Draft:
    """A comment to post."""

    text: str
    username: str
    key: str
    """The same for the same words on the same occasion, for ever: a server takes it once."""

    def body(self, channel: str) -> dict[str, str]:
        """Return it as the server takes it. It gives the id, so that one can look whether it has arrived."""
        place = {"domain": channel} if channel else {}
        return {"id": self.id, "text": self.text, "username": self.username, "message-type": "AI", **place}

    @property
    def id(self) -> str:
        """The id that we ask the server to give it."""
        return f"{OURS}{self.key}"

    def among(self, comments: Sequence[Comment]) -> Comment | None:
        """Return which of these comments it has become: by its id, or where the server gives its own, by its words."""
        own_ids = any(is_ours(comment) for comment in comments)
        return next((each for each in comments if each.id == self.id or (not own_ids and self._reads_as(each))), None)

    def _reads_as(self, comment: Comment) -> bool:
        return comment.username == self.username and same_words(comment.text, self.text)


def comment_of(raw: object) -> Comment | None:
    """Return what a server says is a comment; None: it is none that can be used."""
    if not isinstance(raw, Mapping):
        return None
    at_ms, text, number = raw.get("timestamp"), raw.get("text"), raw.get("id")
    if not isinstance(text, str) or not isinstance(number, str) or not number or not _is_time(at_ms):
        return None
    return Comment(
        id=number,
        text=text,
        at_ms=int(at_ms),  # type: ignore[arg-type]  # it was looked at
        username=_word(raw, "username"),
        color=_word(raw, "color") or _word(raw, "userColor"),
        channel=_word(raw, "domain"),
        by_machine=_word(raw, "message-type").casefold() == MACHINE,
    )


def heard_of(comment: Comment, bot: str, channel: str, personas: frozenset[str]) -> Heard:
    """Return a comment as a message. What bears the name of a persona is never taken for a person's."""
    author = comment.username or NOBODY
    return Heard(
        platform=PLATFORM,
        bot=bot,
        place=Place(chat=label_of(channel or bot), message=label_of(comment.id)),
        message=label_of(comment.id),
        user=f"{author}:{comment.color}" if comment.color else author,
        author=author,
        text=comment.text,
        at_ms=comment.at_ms,
        from_bot=comment.by_machine or author in personas,
        vouched=False,
    )


def label_of(name: str) -> str:
    """Return an id as the ledger takes it: itself, or where it is long or has odd signs in it a digest of it.

    >>> label_of("1759244943773-z4tim"), len(label_of("a/b"))
    ('1759244943773-z4tim', 32)
    """
    if _LABEL.fullmatch(name):
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def is_ours(comment: Comment) -> bool:
    """Return whether we posted a comment."""
    return comment.id.startswith(OURS)


def _is_time(at_ms: Any) -> bool:
    return isinstance(at_ms, int | float) and not isinstance(at_ms, bool) and 0 <= at_ms < 1e15


def _word(raw: Mapping[Any, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
