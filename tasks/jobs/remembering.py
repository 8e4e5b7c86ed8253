"""Who remembers says so, again and again: where nobody does, no question waits for memories.

One sign for all of them. It lasts longer than a stall that any question would wait through.
"""

from __future__ import annotations

import threading

from tasks.jobs import signs
from tasks.jobs.store import Store
from tasks.jobs.values import Move, Status

SIGN = "up:memory"  # rooms.lua looks for it before it lets a job wait
LIFE_S = signs.LIFE_S
EVERY_S = signs.EVERY_S
_MEMORY = signs.Sign(SIGN)
UNHEARD = "nobody remembers: answers go out without memories, and what is said waits in the transcript"
ADVICE = "start `rookery up` again, or `rookery run memory` by itself; its log says why it ended"


def is_up(life_s: float = LIFE_S) -> Move[bool]:
    """Say that somebody is up who remembers; to be said again before the sign ends."""
    return _MEMORY.is_up(life_s)


def has_left() -> Move[bool]:
    """Say that one of them is up no more; another one's sign is back by the next time it says so."""
    return _MEMORY.has_left()


def somebody() -> Move[bool]:
    """Return whether somebody is up who remembers."""
    return _MEMORY.somebody()


def is_missed(seen: Status, *, somebody_is_up: bool) -> bool:
    """Return whether somebody should be up: a flock that sleeps needs none.

    >>> is_missed(Status(now_ms=0, heartbeat_ms=0, live=0, dead=0, backlogs=(), hosts=()), somebody_is_up=False)
    False
    """
    return not somebody_is_up and any(host.live for host in seen.hosts)


def keep_saying(store: Store, ending: threading.Event) -> None:
    """Say it until the end, and then that it is over; while Redis is away nobody hears it."""
    _MEMORY.keep_saying(store, ending, EVERY_S)
