"""What a message is told that comes while too many are in flight: never silence, and when to try again. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tasks.contracts.errors import Refused
from tasks.contracts.messages import JobRequest
from tasks.jobs import fleet_record
from tasks.jobs.values import MS

WORDS = {
    "user": "I am still busy with your earlier messages.",
    "channel": "I have my hands full with this conversation.",
    "all": "So many people are asking that I cannot take any more just now.",
}
SOON = "Please try again in a moment."


def refused(request: JobRequest, scope: str, live: int, hopes: Iterable[list[Any]] = ()) -> Refused:
    """Return the error for a job beyond the bound of its `user`, its `channel`, or of `all`.

    `hopes` says of some that are in flight how long they still take: {ms} at work, or prospects as `read` gives them.
    """
    whose, most = {
        "user": (f"user {request.user!r}", request.max_in_flight),
        "channel": (f"channel {request.channel!r}", request.max_in_flight_channel),
        "all": ("the flock", request.max_in_flight_all),
    }[scope]
    waits_s = [wait_s for hope in hopes if (wait_s := _wait_s(hope)) is not None]
    retry_after_s = min(waits_s, default=None)
    again = SOON if retry_after_s is None else f"Please try again {in_about(retry_after_s)}."
    return Refused(
        f"{whose} has {live} messages in flight, the most is {most}",
        next_step="wait for an answer, or withdraw one with `rookery job withdraw`",
        notice=f"{WORDS[scope]} {again}",
        scope=scope,
        retry_after_s=retry_after_s,
    )


def in_about(wait_s: float) -> str:
    """Return a while in words for people, rounded up.

    >>> in_about(0.3), in_about(12.1), in_about(61), in_about(3700), in_about(90_000)
    ('in a moment', 'in about 15 s', 'in about 2 min', 'in about 2 h', 'tomorrow')
    """
    if wait_s <= 3:
        return "in a moment"
    if wait_s <= 55:
        return f"in about {math.ceil(wait_s / 5) * 5} s"
    if wait_s <= 55 * 60:
        return f"in about {math.ceil(wait_s / 60)} min"
    hours = math.ceil(wait_s / 3600)
    return f"in about {hours} h" if hours <= 20 else "tomorrow"


def _wait_s(hope: list[Any]) -> float | None:
    return hope[0] / MS if len(hope) == 1 else fleet_record.eta_of(hope)
