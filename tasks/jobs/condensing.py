"""The older part of a session, made short: where the ledger keeps it, and how it gets there once.

It is read with the claim of a job, so that the prompt has it, and stays beside the words of that job for whoever wants
to know what the model read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.contracts.condensed import Condensed, text_of
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs import record
from tasks.jobs.values import Move

KEPT_S = 90 * 86_400  # after its last change; the messages themselves are in the transcript


@dataclass(frozen=True)
class Summed:
    """A job that was to sum something up, with what it was asked."""

    view: JobView
    request: JobRequest


def read(session: str) -> Move[str]:
    """Return what stands for the older messages of a session, as it is kept; empty: nothing."""
    return Move("condensed", (session,), str, rings=False)


def put(session: str, known: str, now: Condensed, newest: str = "") -> Move[bool]:
    """Let `now` stand for the older messages of a session; False where what is kept is not `known`, or was forgotten.

    `newest` is the first job of the newest message in it, where it stands for more than what is known did.
    """
    args = (session, known, text_of(now), newest, KEPT_S)
    return Move("condense", args, bool, rings=False)


def seen_to(job: str) -> Move[str]:
    """Say that what a job summed up is in, or never will be; its words go."""
    return Move("summed_up", (job,), str)


def summed(job: str) -> Move[Summed | None]:
    """Return a job with what it was asked, as long as Redis has its words; else None."""

    def read(answer: list[Any]) -> Summed | None:
        texts = record.paired(answer[1])
        if not answer[0] or "request" not in texts:
            return None
        return Summed(record.view_of(job, record.paired(answer[0]), texts), record.request_of(texts))

    return Move("read", (job,), read, rings=False)
