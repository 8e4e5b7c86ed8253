"""Who remembers says so, again and again: where nobody does, no question waits for memories.

One sign for all of them. It lasts longer than a stall that any question would wait through.
"""

from __future__ import annotations

from tasks.jobs import pockets
from tasks.jobs.values import Move

SIGN = "up:memory"  # rooms.lua looks for it before it lets a job wait
LIFE_S = 6.0
UNHEARD = "nobody remembers: answers go out without memories, and what is said waits in the transcript"
ADVICE = "start `rookery run memory`, or look into its log"


def is_up(life_s: float = LIFE_S) -> Move[bool]:
    """Say that somebody is up who remembers; to be said again before the sign ends."""
    return pockets.put(SIGN, "1", life_s)


def has_left() -> Move[bool]:
    """Say that one of them is up no more; another one's sign is back by the next time it says so."""
    return pockets.drop(SIGN)


def somebody() -> Move[bool]:
    """Return whether somebody is up who remembers."""
    return Move("pocketed", (SIGN,), bool, rings=False)
