"""The states of a job, how it may end, and what a watcher sees of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tasks.contracts.messages import JobClass, ToolCall, Usage, Value, Work


class JobState(StrEnum):
    """Where a job stands. Every job ends in one of `ENDED`."""

    RECEIVED = "received"  # stored; waits for its turn in the session
    RECALLING = "recalling"  # memories are being fetched for it
    QUEUED = "queued"  # waits for a host
    CLAIMED = "claimed"  # a worker holds it by lease
    GENERATING = "generating"  # the engine is at work
    DONE = "done"  # has its outcome, a reply or a notice
    DELIVERING = "delivering"  # a bot is sending it
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    WITHDRAWN = "withdrawn"


ENDED = frozenset({JobState.DELIVERED, JobState.UNDELIVERABLE, JobState.WITHDRAWN})
WAITING = frozenset({JobState.RECEIVED, JobState.RECALLING, JobState.QUEUED})
HELD = frozenset({JobState.CLAIMED, JobState.GENERATING})


class Outcome(StrEnum):
    """What a job that is done has for the person."""

    REPLY = "reply"
    NOTICE = "notice"


class Cause(StrEnum):
    """Why a job ended in a notice, or was never delivered."""

    EXPIRED = "expired"  # nobody could answer before its deadline
    FAILED = "failed"  # every try failed
    REJECTED = "rejected"  # the engine will never take it
    TOO_LONG = "too_long"  # more than the model can read at once
    THOUGHT = "thought"  # the model thought until it had no words left for an answer
    CRASHED = "crashed"  # it took its worker down, again and again
    NOT_LOADED = "not_loaded"  # no host could take its model into memory
    NOT_GRANTED = "not_granted"  # nobody who keeps memories could see to a wish about them
    WITHDRAWN = "withdrawn"
    UNDELIVERABLE = "undeliverable"


NOTICES: dict[Cause, str] = {
    Cause.EXPIRED: "I could not get to this in time. Please ask again; a later moment may be quieter.",
    Cause.FAILED: "I could not reach my model, even after trying again. Please ask once more in a moment.",
    Cause.REJECTED: "My model would not take that message.",
    Cause.TOO_LONG: "That is more text than my model can read at once. Please send less.",
    Cause.THOUGHT: "I thought about that for so long that no room was left for an answer. Please ask for less at once.",
    Cause.CRASHED: "That message makes my model stumble every time, so I stopped trying. Please put it another way.",
    Cause.NOT_LOADED: "My model {model} would not load, on any machine that has it. Please try again later.",
    Cause.NOT_GRANTED: "I could not reach my memories, so I cannot say whether that was done. Please ask once more"
    " later, or tell whoever runs me.",
}


def notice_of(cause: Cause, model: str) -> str:
    """Return what a person is told who asked `model`.

    >>> notice_of(Cause.NOT_LOADED, "crow")
    'My model crow would not load, on any machine that has it. Please try again later.'
    """
    return NOTICES[cause].replace("{model}", model)


class Mark(Value):
    """One move of a job: when (Redis time), into which state, by whom, and a word on why."""

    at_ms: int
    state: JobState
    who: str = ""
    why: str = ""


class JobView(Value):
    """A job as everybody may see it. The words themselves are in `text`; ids and numbers in the rest."""

    job: str
    state: JobState
    fence: int
    model: str
    session: str
    user: str = ""
    persona: str = ""
    job_class: JobClass = JobClass.INTERACTIVE
    attempts: int = 0
    crashes: int = 0
    ahead: int = 0
    """Jobs for its model that have waited longer; fairness may let it go before some of them."""
    eta_s: float | None = None
    """Seconds until its answer is likely to be whole, while it waits for a host; None where nobody can tell."""
    host: str = ""
    adapter: str = ""
    asked: str = ""
    """The model that it was meant for, where `model` stands in for that."""
    routed: str = ""
    """What chose the model; empty: the persona."""
    outcome: Outcome | None = None
    cause: Cause | None = None
    text: str = ""
    """The reply or notice once it is done; before that what has been streamed so far."""
    work: Work = "chat"
    calls: tuple[ToolCall, ...] = ()
    """What the model asks to be called, beside its words or in place of them; with `finish_reason` "tool_calls"."""
    thoughts: str = ""
    """What the model thought aloud before its reply, where the persona shows that."""
    error: str = ""
    answered_by: str = ""
    """The model as the engine named it in its answer."""
    usage: Usage = Usage()
    finish_reason: str = ""
    received_ms: int = 0
    deadline_ms: int = 0
    first_token_ms: int = 0
    ended_ms: int = 0
    flags: tuple[str, ...] = ()
    memories: tuple[str, ...] = ()
    """The ids of the memories that went into its prompt."""
    recalled: str = ""
    """What they say, for as long as the words of the job are kept; for whoever looks after the flock."""
    condensed: str = ""
    """What stood in its prompt for older messages of the session, where those were made short; kept as `recalled`."""
    condensed_of: tuple[str, ...] = ()
    """The first jobs of those messages; of very many the latest."""
    marks: tuple[Mark, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    @property
    def answered(self) -> bool:
        """Whether it has its outcome, be it delivered yet or not."""
        return self.outcome is not None or self.ended

    def timings_ms(self) -> dict[str, int]:
        """Return milliseconds from receipt to each state first reached, in order."""
        timings: dict[str, int] = {}
        for mark in self.marks:
            timings.setdefault(mark.state.value, mark.at_ms - self.received_ms)
        if self.first_token_ms:
            timings["first_token"] = self.first_token_ms - self.received_ms
        return dict(sorted(timings.items(), key=lambda item: item[1]))

    def public(self) -> dict[str, Any]:
        """Return what `--json` and the web page show."""
        return {**self.model_dump(mode="json"), "timings_ms": self.timings_ms()}


class Delta(Value):
    """A piece of streamed text: `text` stands at UTF-8 byte `offset` of what the worker with `fence` writes."""

    fence: int
    offset: int
    text: str
