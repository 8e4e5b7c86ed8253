"""Who remembers says so, again and again: where nobody does, no question waits for memories.

One sign for all of them. It lasts longer than a stall that any question would wait through.
"""

from __future__ import annotations

import contextlib
import threading

from tasks.contracts.errors import RookeryError
from tasks.jobs import pockets
from tasks.jobs.store import Store
from tasks.jobs.values import Move, Status

SIGN = "up:memory"  # rooms.lua looks for it before it lets a job wait
LIFE_S = 6.0
EVERY_S = LIFE_S / 3
UNHEARD = "nobody remembers: answers go out without memories, and what is said waits in the transcript"
ADVICE = "start `rookery up` again, or `rookery run memory` by itself; its log says why it ended"


def is_up(life_s: float = LIFE_S) -> Move[bool]:
    """Say that somebody is up who remembers; to be said again before the sign ends."""
    return pockets.put(SIGN, "1", life_s)


def has_left() -> Move[bool]:
    """Say that one of them is up no more; another one's sign is back by the next time it says so."""
    return pockets.drop(SIGN)


def somebody() -> Move[bool]:
    """Return whether somebody is up who remembers."""
    return Move("pocketed", (SIGN,), bool, rings=False)


def is_missed(seen: Status, *, somebody_is_up: bool) -> bool:
    """Return whether somebody should be up: a flock that sleeps needs none.

    >>> is_missed(Status(now_ms=0, heartbeat_ms=0, live=0, dead=0, backlogs=(), hosts=()), somebody_is_up=False)
    False
    """
    return not somebody_is_up and any(host.live for host in seen.hosts)


def keep_saying(store: Store, ending: threading.Event) -> None:
    """Say it until the end, and then that it is over; while Redis is away nobody hears it."""
    while not ending.is_set():
        with contextlib.suppress(RookeryError):
            store.run(is_up())
        ending.wait(EVERY_S)
    with contextlib.suppress(RookeryError):
        store.run(has_left())
