"""The moves of a job that is a wish about memories: taken by whoever keeps them, answered or put off. Talks to nobody.

Such a job waits in `recalling`, and ends there. Who takes one has it for a while; who dies over it does not come back,
and the sweeper has it taken again until its deadline. So whatever a wish is, doing it twice must do it once.
"""

from __future__ import annotations

from typing import Any

from tasks.contracts.messages import JobRequest
from tasks.jobs import record
from tasks.jobs.values import Move, says

LIFE_S = 30  # of what was wanted and of what was told, after the end: it may be what somebody wants forgotten
HOLD_MS = 15_000  # until one that nobody came back with is taken again, the first time


def take() -> Move[tuple[str, int, JobRequest] | None]:
    """Take what somebody has wanted of their memories for longest: the job, its fence, and its request.

    `tasks.contracts.wishes.wish_of` reads what is wanted.
    """

    def read(answer: list[Any]) -> tuple[str, int, JobRequest] | None:
        return (answer[0], answer[1], record.request_of(record.paired(answer[2]))) if answer else None

    return Move("take_wish", (), read, rings=False)


def granted(job: str, fence: int, reply: str) -> Move[bool]:
    """Answer a wish, which is done: the job ends; False when it is no longer the caller's."""
    return Move("granted", (job, fence, reply), says("done"))


def put_off(job: str, fence: int, why: str, wait_ms: int) -> Move[bool]:
    """Have a wish taken again later, as it cannot be done now; False when it is no longer the caller's."""
    return Move("put_off", (job, fence, why, wait_ms), says("later"), rings=False)
