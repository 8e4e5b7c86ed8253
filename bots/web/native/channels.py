"""Channels: what was said elsewhere, sent here to be known, and summed up when that is wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from bots.conversation import label
from bots.web.bodies import Posted
from bots.web.visitors import API, Visitor
from tasks.contracts.messages import MAX_ID_CHARS, MAX_TEXT_CHARS, Turn, fitting, job_id
from tasks.jobs import intake
from tasks.jobs.ingesting import MOST_AT_ONCE

CHANNEL = "@channel"  # where a persona's name stands in the sessions that are talked in: no slug has an @
QUOTED_CHARS = 60_000  # of a channel, in the prompt of its summary
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS)]


class Message(Posted):
    """One thing that was said."""

    text: str = Field(max_length=MAX_TEXT_CHARS)
    id: str = Field(default="", max_length=MAX_ID_CHARS)
    """What it is called where it was said; its place in the list otherwise."""
    author: str = Field(default="", max_length=MAX_ID_CHARS)
    role: Literal["user", "assistant"] = "user"
    at_ms: int | None = Field(default=None, ge=0, lt=2**53)
    """When it was said; now otherwise."""


class Ingest(Posted):
    """Messages of one channel. The same message under the same id is taken once, however often it is sent."""

    id: Id
    channel: Id
    messages: Annotated[tuple[Message, ...], Field(strict=False, min_length=1, max_length=MOST_AT_ONCE)]


def session_of(channel: str, asker: Visitor) -> str:
    """Return the session that a channel is kept as; each key has its own. Raises BadInput."""
    return fitting(f"{API}:{CHANNEL}:{asker.chat(channel)}")


def name_of(sent: Ingest, asker: Visitor) -> str:
    """Return what tells this ingest from all others. Raises BadInput."""
    return job_id(API, asker.user, sent.channel, label(sent.id, "id"), kind="ingest")


def turns_of(sent: Ingest, asker: Visitor) -> Iterator[tuple[Turn, int | None]]:
    """Yield what was said as turns, and when. Raises BadInput."""
    for place, message in enumerate(sent.messages):
        event = f"{sent.id}\n{message.id or place}"
        job = job_id(API, asker.user, sent.channel, event, kind="ingest")
        author = intake.clean(message.author) if message.author else ""
        yield Turn(role=message.role, text=intake.clean(message.text), author=author, job=job), message.at_ms


def quoted(turns: Sequence[Turn]) -> tuple[str, tuple[str, ...]]:
    """Return the latest of some turns as lines to be summed up, and their ids: as many as there is room for."""
    lines: list[str] = []
    left = QUOTED_CHARS
    for turn in reversed(turns):
        line = f"{turn.author or turn.role}: {turn.text}"
        left -= len(line) + 1
        if left < 0 and lines:
            break
        lines.append(line[:QUOTED_CHARS])
    return "\n".join(reversed(lines)), tuple(turn.job for turn in turns[len(turns) - len(lines) :])
