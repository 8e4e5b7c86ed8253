"""Asking once more what ended in a notice: the same words, with the settings of then, as a job of its own.

Its id comes from that of the first one, so whoever asks twice for a retry gets one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.contracts.errors import JobMoved
from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.contracts.messages import JobRequest, job_id
from tasks.jobs import moves, record
from tasks.jobs.values import Move

RETRY = "retry"


@dataclass(frozen=True)
class Kept:
    """What is left of a job."""

    view: JobView
    request: JobRequest | None
    """None: its words are no longer kept."""
    retried: str = ""
    """The job that asks the same once more."""

    @property
    def may_retry(self) -> bool:
        """Whether it can be asked once more."""
        return not obstacle(self)


def kept(job: str) -> Move[Kept]:
    """Read what is left of a job. Raises UnknownJob."""

    def read(answer: list[Any]) -> Kept:
        if not answer[0]:
            raise moves.unknown_job(job)
        fields, texts = record.paired(answer[0]), record.paired(answer[1])
        request = record.request_of(texts) if "request" in texts else None
        view = moves.read_job(job).read(answer)
        return Kept(view, request, fields.get("retried", ""))

    return Move("read", (job,), read, rings=False)


def obstacle(left: Kept) -> str:
    """Return why a job cannot be asked once more; empty: it can."""
    view = left.view
    if view.state is JobState.WITHDRAWN:
        return "it was taken back"
    if view.outcome is Outcome.REPLY:
        return "it was answered"
    if not view.ended:
        return "it is not over yet"
    if left.request is None:
        return "what was asked is no longer kept; that goes an hour after the end"
    if left.request.then is not None:
        return "it is a step of a task, which goes its own way"
    return ""


def again(left: Kept) -> JobRequest:
    """Return the job that asks the same once more; no bound on what is in flight holds for it. Raises JobMoved."""
    if why := obstacle(left):
        raise JobMoved(
            f"job {left.view.job!r} cannot be asked once more: {why}",
            next_step="`rookery job list --dead` shows those that failed",
        )
    asked = left.request
    assert asked is not None
    unbounded = {"max_in_flight": 0, "max_in_flight_channel": 0, "max_in_flight_all": 0}
    return asked.model_copy(update={"job": retry_id(asked.job), **unbounded})


def retry_id(job: str) -> str:
    """Return the id of the job that asks once more what another one asked."""
    return job_id(RETRY, RETRY, "", job, kind=RETRY)


def retried(job: str, other: str) -> Move[bool]:
    """Note that a job is asked for once more under another id: it counts as dead no longer. False: it is unknown."""
    return Move("retried", (job, other), bool, rings=False)
