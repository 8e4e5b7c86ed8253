"""The moves of a job that is a wish about memories: taken by whoever keeps them, answered or put off. Talks to nobody.

Such a job waits in `recalling`, and ends there. Who takes one has it for a while; who dies over it does not come back,
and the sweeper has it taken again until its deadline. So whatever a wish is, doing it twice must do it once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tasks.contracts.messages import JobRequest
from tasks.jobs import record
from tasks.jobs.values import Move, says

LIFE_S = 30  # of what was wanted and of what was told, after the end: it may be what somebody wants forgotten
HOLD_MS = 15_000  # until one that nobody came back with is taken again, the first time


class Wished(NamedTuple):
    """A wish in the hands of whoever keeps memories; `tasks.contracts.wishes.wish_of` reads what is wanted."""

    job: str
    fence: int
    request: JobRequest
    received_ms: int


def take() -> Move[Wished | None]:
    """Take what somebody has wanted of their memories for longest."""

    def read(answer: list[Any]) -> Wished | None:
        if not answer:
            return None
        job, fence, texts, received_ms = answer
        return Wished(job, fence, record.request_of(record.paired(texts)), int(received_ms))

    return Move("take_wish", (), read, rings=False)


def granted(job: str, fence: int, reply: str, bare: JobRequest | None = None) -> Move[bool]:
    """Answer a wish, which is done: the job ends; False when it is no longer the caller's.

    `bare` takes the place of its request, without the words that were to be forgotten.
    """
    return Move("granted", (job, fence, reply, bare.model_dump_json() if bare else ""), says("done"))


def put_off(job: str, fence: int, why: str, wait_ms: int) -> Move[bool]:
    """Have a wish taken again later, as it cannot be done now; False when it is no longer the caller's."""
    return Move("put_off", (job, fence, why, wait_ms), says("later"), rings=False)
