"""What stands for the older messages of a session in its prompt: sentences of theirs, or a model's words on them.

The messages themselves stay in the transcript. Each sentence names the message that it is of, and the whole names all
that it stands for, so that whoever doubts it can look, and what is forgotten can be taken out of it.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import ValidationError

from tasks.contracts.messages import Value

Speaker = Literal["user", "assistant"]
DIGEST_CHARS = 32
SPEAKERS: dict[str, str] = {"user": "User", "assistant": "You"}


class Excerpt(Value):
    """A sentence of a message."""

    text: str
    role: Speaker
    job: str
    """The first job of the message."""


class Condensed(Value):
    """A session up to some message, made short."""

    excerpts: tuple[Excerpt, ...] = ()
    covered: tuple[str, ...] = ()
    """The first jobs of the messages that it stands for, the oldest first; of very many the latest."""
    messages: int = 0
    """How many those are in all."""
    words: str = ""
    """What a model made of them. Empty: the sentences speak for themselves."""
    by: str = ""
    """That model."""

    @property
    def text(self) -> str:
        """What goes into a prompt."""
        return self.words or "\n".join(map(line, self.excerpts))

    def without(self, job: str) -> Condensed:
        """Return it without what came of a message. A model's words cannot be taken apart: all of them go."""
        if job not in self.covered and all(one.job != job for one in self.excerpts):
            return self
        left = tuple(one for one in self.excerpts if one.job != job)
        covered = tuple(one for one in self.covered if one != job)
        return Condensed(excerpts=left, covered=covered, messages=max(0, self.messages - 1))


NOTHING = Condensed()


def line(excerpt: Excerpt) -> str:
    """Return a sentence as a prompt tells it."""
    return f"- {SPEAKERS[excerpt.role]}: {excerpt.text}"


def text_of(condensed: Condensed) -> str:
    """Return what is kept of it; nothing of nothing."""
    return "" if condensed == NOTHING else condensed.model_dump_json()


def digest_of(condensed: Condensed) -> str:
    """Return what tells which messages it stands for, and by which sentences, whatever a model made of them."""
    said = condensed.model_copy(update={"words": "", "by": ""}).model_dump_json()
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]


def of(text: str) -> Condensed:
    """Return what was kept; what another version wrote and this one cannot read is made anew.

    >>> of(text_of(NOTHING)) == of('{"from": "tomorrow"}') == NOTHING
    True
    """
    try:
        return Condensed.model_validate_json(text) if text else NOTHING
    except ValidationError:
        return NOTHING
