"""Who is beyond help: the rules by which a claim sends a job away with a notice instead of beginning it. Pure."""

from __future__ import annotations

from collections.abc import Callable

Shed = Callable[[float, float, float], bool]
"""Takes the seconds that a job waited, those that it has left, and those that an answer usually takes (0: unknown)."""


def is_beyond_help(waited_s: float, left_s: float, usual_s: float) -> bool:
    """Return what the ledger's claim decides: less than half the usual time is left, and less than it waited.

    >>> is_beyond_help(100, 20, 30), is_beyond_help(100, 10, 30), is_beyond_help(5, 10, 30)
    (False, True, False)
    """
    return left_s <= 0 or (left_s < usual_s / 2 and waited_s > left_s)


def lacks_time(waited_s: float, left_s: float, usual_s: float) -> bool:
    """Return the stricter rule, by which the policy counts: the usual time is not left, or half of the job's life.

    >>> lacks_time(100, 20, 30), lacks_time(50, 70, 600), lacks_time(61, 59, 600)
    (True, False, True)
    """
    return left_s <= min(usual_s, (waited_s + left_s) / 2)


def never(waited_s: float, left_s: float, usual_s: float) -> bool:
    """Return whether the deadline is over, which is all that flocks without shedding look at."""
    return left_s <= 0
