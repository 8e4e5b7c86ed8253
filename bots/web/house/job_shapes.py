"""What the glass box tells of jobs, as JSON. Moments and names are as in `shapes`."""

from __future__ import annotations

from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.contracts.messages import JobClass, Value


class JobShape(Value):
    """A job in a list."""

    job: str
    state: JobState
    outcome: Outcome | None
    cause: Cause | None
    """Why it ended in a notice."""
    model: str
    """Its name, as the fleet file has it."""
    persona: str
    session: str
    user: str
    job_class: JobClass
    host: str
    attempts: int
    received_ms: int
    ended_ms: int | None
    first_token_s: float | None
    """From its receipt."""
    took_s: float | None
    """From its receipt to its end."""
    completion_tokens: int
    error: str
    flags: tuple[str, ...]
    asked: str
    """The beginning of the question, where its words are still kept: for an hour after its end."""
    retried: str
    """The job that asks the same once more; empty: none."""


class JobsShape(Value):
    """A page of jobs, the latest first. It may be short, or empty, and still have a next one: a look is bounded."""

    jobs: tuple[JobShape, ...]
    next: str | None
    """What `before` takes to go on; None where there is nothing more."""
    looked_at: int
    """How many were gone through for this page."""


class StepShape(Value):
    """One step of a job, in milliseconds from its receipt."""

    state: JobState
    label: str
    """received, recall, queued, claimed, first token, answered, delivering, delivered, …"""
    at_ms: int
    from_ms: int
    to_ms: int | None
    """None for the last one."""
    took: str
    """How long it took, in words; empty for the last one."""
    who: str
    words: str
    """What there is to say about it."""


class ExplainShape(Value):
    """Why an answer took as long as it did."""

    job: JobShape
    steps: tuple[StepShape, ...]
    """Empty once they are no longer kept, an hour after the end."""
    whole_ms: int
    """From its receipt to the last step."""
    choice: str
    """How the model came to be this one, where that was not for its persona to say."""
    ending: str
    """How it ended, or what was its last trouble, in a line."""
    note: str
    """What to know about this very timeline, as that its steps are no longer kept."""
    question: str
    answer: str
    """Reply, notice or what was streamed so far; empty once the words are no longer kept."""
    prompt_tokens: int
    completion_tokens: int
    ahead: int
    eta_s: float | None
    may_retry: bool


class RetriedShape(Value):
    """What a retry came to."""

    job: str
    """The new job."""
    of: str
    state: JobState
    fresh: bool
    """False: that was asked for before."""
