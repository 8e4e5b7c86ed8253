"""What a person may want of what is remembered of them: to have something kept, to see it, to have it gone, to take it.

A wish is a job like any other: accepted once, carried out by whoever keeps the memories, answered once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tasks.contracts.messages import MAX_ID_CHARS, MAX_TEXT_CHARS, JobRequest, Value, fitting

WishKind = Literal["remember", "list", "forget", "export"]
MOST_LISTED = 200
KEEPER = "memory"  # what stands in such a job where others name their model
#: How long it is tried for, in seconds. What is to be gone must go, also where nobody is up for a day.
LIVES_S: dict[WishKind, float] = {"remember": 3600.0, "list": 120.0, "forget": 86_400.0, "export": 600.0}
MemoryId = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS)]


class Wish(Value):
    """What is to be done with the memories of whoever asks; whose they are is in the job."""

    kind: WishKind
    about: str = Field(default="", max_length=MAX_TEXT_CHARS)
    """What to remember, what to look for, or what to forget: words; empty, with `ids` empty too: everything."""
    ids: tuple[MemoryId, ...] = Field(default=(), max_length=MOST_LISTED)
    """These memories and no others, to forget."""
    limit: int = Field(default=20, ge=1, le=MOST_LISTED)
    after: str = Field(default="", max_length=MAX_ID_CHARS)
    """Where a list goes on, as the one before it said."""
    alone: bool = False
    """Nobody else reads the reply, wherever it was wished: what was said to a persona alone may stand in it."""
    as_json: bool = False
    """The reply is a `Granted` as JSON, for a program; otherwise words for a person."""


class Kept(Value):
    """A memory as its owner sees it."""

    id: str
    text: str
    at_ms: int
    kind: str
    """turn, fact, digest or task."""
    tier: str
    """short, working or long."""
    author: str = ""
    """Who said it, by name."""
    persona: str = ""
    channel: str = ""
    direct: bool = False
    importance: float = 0.0
    pinned: bool = False


class Granted(Value):
    """What became of a wish."""

    kind: WishKind
    words: str
    """The same for a person."""
    memories: tuple[Kept, ...] = ()
    after: str = ""
    """Where the list goes on; empty: this was all."""
    forgotten: int = 0
    """Memories that are gone."""
    turns: int = 0
    """Turns of the transcript that are gone."""
    flagged: tuple[str, ...] = ()
    """What could not be reached, or holds a part of it: for whoever runs the flock to look at."""


def request_for(wish: Wish, job: str, person: str, **where: Any) -> JobRequest:
    """Return the job that a wish is; `person` is whose memories it is about.

    `where` says where it came from, as other fields of the request: bot, reply_to, tenant, channel, direct, persona.
    What is to be remembered belongs to that tenant and persona, and is told to nobody else where `direct` holds.
    """
    fields: dict[str, Any] = {"user": person, "person": person, "deadline_s": LIVES_S[wish.kind], **where}
    return JobRequest(
        job=job,
        model=KEEPER,
        session=session_of(person),
        text=wish.model_dump_json(),
        work="memory",
        remember=False,
        **fields,
    )


def session_of(person: str) -> str:
    """Return the session of a person's wishes, which are seen to one after the other."""
    return fitting(f"{KEEPER}:{person}")


def wish_of(request: JobRequest) -> Wish:
    """Return what somebody wants, of a job whose work it is. Raises ValueError: it is no wish."""
    return Wish.model_validate_json(request.text)
