"""Idempotency keys: the same key with the same body is the same job, whoever serves it and after every restart.

What tells one body from another stands in the name of the job's session, so the ledger keeps it as long as the job.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bots.web.visitors import API
from tasks.contracts.errors import BadInput, KeyReused, UnknownJob
from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.contracts.messages import MAX_ID_CHARS, job_id
from tasks.jobs.gateway import AsyncGateway

MOST_TIMES = 20  # that one key may be asked with anew, after its jobs were withdrawn or their words have gone
DIGEST_CHARS = 32


@dataclass(frozen=True)
class Keyed:
    """One request that a client gave a key."""

    owner: str
    """Keys of one visitor say nothing about those of another."""
    key: str
    body: str
    """What is asked for, in one way of writing it."""

    def job(self, ordinal: int) -> str:
        """Return the id of its job; each time that it is asked anew, another one."""
        return job_id(API, self.owner, "", self.key, kind="keyed", ordinal=ordinal)

    def session(self, job: str) -> str:
        """Return the session of its job."""
        digest = hashlib.sha256(self.body.encode("utf-8", "replace")).hexdigest()
        return f"{API}:{job}:{digest[:DIGEST_CHARS]}"


def keyed(owner: str, key: str, body: str) -> Keyed:
    """Return a request with its key. Raises BadInput: that cannot be one."""
    if not key.strip() or len(key) > MAX_ID_CHARS:
        raise BadInput(
            f"an Idempotency-Key has 1 to {MAX_ID_CHARS} characters", next_step="make one up for each request"
        )
    return Keyed(owner, key, body)


async def job_of(request: Keyed, gateway: AsyncGateway) -> str:
    """Return the id under which a request is to be asked: that of its job which is alive or was answered, or a new one.

    Raises:
        KeyReused: the key came with another body before.
        BadInput: it was asked anew too often.
    """
    for ordinal in range(MOST_TIMES):
        job = request.job(ordinal)
        try:
            view = await gateway.job(job)
        except UnknownJob:
            return job
        check(request, view)
        if not is_spent(view):
            return job
    raise BadInput("that Idempotency-Key was asked with too often", next_step="make up another one")


def check(request: Keyed, view: JobView) -> None:
    """Return where a job is that of this very request. Raises KeyReused."""
    if view.session != request.session(view.job):
        raise KeyReused(
            "that Idempotency-Key came with another request before", next_step="make up a key for each request"
        )


def is_spent(view: JobView) -> bool:
    """Return whether a job can give no answer any more: it was taken back, or its words are no longer kept."""
    gone = view.outcome is Outcome.REPLY and not (view.text or view.calls)
    return gone or view.state is JobState.WITHDRAWN
