"""What travels: turns, the request that a job is made from, and what comes back. Frozen, strict, JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from tasks.contracts.queues import slug

MAX_TEXT_CHARS = 100_000  # one message of a person; a book is not a message
MAX_ID_CHARS = 200
MAX_TOKENS = 512  # of a reply, unless the persona or the client says otherwise
MAX_INPUTS, MAX_INPUTS_CHARS = 2048, 1_000_000  # texts to embed in one job, and what they are together
MAX_TOOLS, MAX_ASKED_BYTES = 128, 200_000  # and what tools and the form of an answer are together, as JSON

Name = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS)]


class Value(BaseModel):
    """A value at the border: unknown fields are refused, nothing is coerced, nothing changes after it is made."""

    # An error that is logged must not hold what a person wrote.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def fitting(name: str) -> str:
    """Return a name that is not too long for the ledger: itself, or its start and a digest of all of it."""
    if len(name) <= MAX_ID_CHARS:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{name[: MAX_ID_CHARS - len(digest) - 1]}:{digest}"


class JobClass(StrEnum):
    """How long a job may stand back: a person waits, nobody is looking, overnight."""

    INTERACTIVE = "interactive"
    AMBIENT = "ambient"
    BATCH = "batch"


def _unset(value: object) -> bool:
    """Return whether a field is left out where it travels: most jobs have no use for it, and older readers none."""
    return value is None or value is False or value == () or value in ("", "chat", "recent")


class ToolCall(Value):
    """What a model asks whoever asked it: to call a function, and to come back with what that returned."""

    id: Name
    name: Name
    arguments: str = ""
    """JSON as the model wrote it. Nobody has checked it."""


class Turn(Value):
    """One thing said in a session."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    author: str = ""
    job: str = ""
    """The first job of the message that it came of, however often that was answered anew."""
    calls: tuple[ToolCall, ...] = Field(default=(), exclude_if=_unset)
    """What the model asked to be called, of an assistant's turn."""
    call: str = Field(default="", max_length=MAX_ID_CHARS, exclude_if=_unset)
    """The id of the call that a tool's turn answers."""


class Sampling(Value):
    """How the model picks its words; None leaves it to the engine."""

    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int = Field(default=MAX_TOKENS, ge=1, le=1_000_000)
    seed: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, exclude_if=_unset)
    """Against words that have been said, as OpenAI counts it."""
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2, exclude_if=_unset)
    """The same, the more so the oftener they have been said."""


class Then(Value):
    """The task that goes on when a job ends: its name, its queue, and ids, never words."""

    task: Name
    queue: Name
    args: tuple[str, ...] = ()


Reasoning = Literal["hidden", "folded"]  # what becomes of what a model thinks aloud
Work = Literal["chat", "embed", "memory"]  # an answer of a model, vectors of texts, or a wish about memories
Context = Literal["recent", "summary", "none"]  # what of a session's earlier turns goes into a prompt
Json = dict[str, JsonValue]


class Attached(Value):
    """A file that came with a message: what it was, not what is in it. What of it could be read is in the text."""

    name: str = Field(max_length=MAX_ID_CHARS)
    kind: str = Field(default="", max_length=MAX_ID_CHARS)
    """Its media type, as the platform says it."""
    size: int = Field(default=0, ge=0)
    """Bytes."""


class JobRequest(Value):
    """Everything a job needs to be answered, fixed at submit: a later change of config never reaches it."""

    job: Name
    model: Name
    session: Name
    user: Name
    text: str = Field(max_length=MAX_TEXT_CHARS)
    """What is to be answered. Empty where that is the last turn of `history`, and of a job to embed.

    Where the work is `memory`, it is a `tasks.contracts.wishes.Wish` as JSON.
    """
    work: Work = Field(default="chat", exclude_if=_unset)
    inputs: tuple[str, ...] = Field(default=(), max_length=MAX_INPUTS, exclude_if=_unset)
    """The texts to embed. The reply is JSON, `tasks.contracts.vectors` reads it."""
    response_format: Json | None = Field(default=None, exclude_if=_unset)
    """The form of the answer, as OpenAI's HTTP says it: text, json_object, or json_schema with a schema."""
    tools: tuple[Json, ...] = Field(default=(), max_length=MAX_TOOLS, exclude_if=_unset)
    """The functions that the model may ask to be called, as OpenAI's HTTP says them. They need a `history`."""
    tool_choice: Literal["none", "auto", "required"] | Json | None = Field(default=None, exclude_if=_unset)
    """Whether it may, must, or must call the one that is named; None: as the engine does it, which is that it may."""
    attached: tuple[Attached, ...] = ()
    persona: str = ""
    system_prompt: str = ""
    sampling: Sampling = Sampling()
    job_class: JobClass = JobClass.INTERACTIVE
    history: tuple[Turn, ...] | None = None
    """The turns before this one, which go along whole. None: the session's own window, read at claim."""
    context: Context = Field(default="recent", exclude_if=_unset)
    """Recent: as many of the session's latest turns as fit. Summary: those, and what was before them made short.
    None: the question alone."""
    remember: bool = True
    """Whether the exchange joins the session's window when it ends in a reply."""
    replaces: str = Field(default="", max_length=MAX_ID_CHARS)
    """The first job of the same message, where this one answers it anew: what came of it leaves the session."""
    reasoning: Reasoning = "hidden"
    """Folded: what the model thinks aloud is kept beside the reply, for whoever opens it."""
    recall: bool = False
    """Whether who answers remembers: memories go into the prompt, and the exchange becomes some."""
    person: str = Field(default="", max_length=MAX_ID_CHARS, exclude_if=_unset)
    """Who asks, where `user` only says what it counts against; memories are that person's. Empty: the user."""
    direct: bool = Field(default=False, exclude_if=_unset)
    """Whether nobody but the user reads the answer."""
    pin: str = ""
    """Only this host may claim it."""
    labels: tuple[str, ...] = ()
    """A host must carry all of these."""
    adapter: str = ""
    cache_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """For how long the same question in the same words may get the same answer; 0: it never does."""
    tenant: str = Field(default="", max_length=MAX_ID_CHARS)
    """Whose conversation it is: a guild, a group or a person. What others read never holds it. Empty: the session."""
    private: bool = True
    """Never leaves the machines of the flock: no cloud engine may claim it."""
    allow_cloud: bool = False
    """A cloud engine may claim it, where it is not private."""
    fallback: tuple[Name, ...] = ()
    """Models to go on to, in this order, while no host is there for the one before."""
    routed: str = ""
    """What chose the model; empty: the persona."""
    bot: str = ""
    """The outbox to deliver to (push). Empty: whoever asks by id is told (pull)."""
    reply_to: dict[str, str] = Field(default_factory=dict)
    """Where the platform's answer goes: ids only."""
    then: Then | None = None
    deadline_s: float = Field(default=120.0, gt=0)
    unhosted_life_s: float = Field(default=3600.0, gt=0)
    max_in_flight: int = Field(default=0, ge=0)
    """Live jobs this user may have; 0 is no bound."""
    channel: str = Field(default="", max_length=MAX_ID_CHARS)
    """Where it was asked, as "discord:7": what `max_in_flight_channel` counts by."""
    max_in_flight_channel: int = Field(default=0, ge=0)
    """Live jobs of the channel that are bounded; 0 is no bound."""
    max_in_flight_all: int = Field(default=0, ge=0)
    """Live jobs of everybody; 0 is no bound."""

    @model_validator(mode="after")
    def _model_has_a_queue(self) -> Self:
        if not slug(self.model):
            raise ValueError("model has no letter or digit of a-z, 0-9 in it")
        if self.then is not None and self.bot:
            raise ValueError("a job goes on with `then` or is delivered to `bot`, not both")
        return self

    @model_validator(mode="after")
    def _asks_for_what_can_be(self) -> Self:
        if (self.work == "embed") is not bool(self.inputs):
            raise ValueError("`inputs` are the texts of a job to embed, which has at least one")
        if sum(map(len, self.inputs)) > MAX_INPUTS_CHARS:
            raise ValueError(f"the texts to embed have more than {MAX_INPUTS_CHARS} characters together")
        if self.tools and self.history is None:
            raise ValueError("`tools` need a `history`: the window of a session keeps no calls")
        if self.tool_choice is not None and not self.tools:
            raise ValueError("`tool_choice` chooses among `tools`, and there are none")
        if _json_bytes(self.response_format, self.tools, self.tool_choice) > MAX_ASKED_BYTES:
            raise ValueError(f"tools and the form of the answer are more than {MAX_ASKED_BYTES} bytes of JSON")
        return self


def _json_bytes(*values: Any) -> int:
    """Return how long they are together as JSON. Raises ValueError: there is half a character in them."""
    return sum(len(json.dumps(value, ensure_ascii=False).encode()) for value in values if value)


def job_id(
    platform: str, bot: str, chat: str, message: str, *, persona: str = "", kind: str = "reply", ordinal: int = 0
) -> str:
    """Return the id of the job that this event is: the same event is the same job however often it arrives.

    >>> job_id("discord", "b", "1", "2") == job_id("discord", "b", "1", "2")
    True
    """
    parts = "\x1f".join((platform, bot, chat, message, persona, kind, str(ordinal)))
    digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest[:15]).decode().lower()


class Usage(Value):
    """Tokens as the engine counted them; never our own count of chunks."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
