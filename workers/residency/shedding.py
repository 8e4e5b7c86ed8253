"""Who is beyond help: the rules by which a claim sends a job away with a notice instead of beginning it. Pure.

To begin a job that cannot be answered in time takes the slot from one that can; under overload, until nobody is.
"""

from __future__ import annotations

from collections.abc import Callable

Shed = Callable[[float, float, float, int], bool]
"""Takes the seconds that a job waited, those that it has left, those that an answer usually takes (0: unknown), and
how many others wait for the same model."""


def is_beyond_help(waited_s: float, left_s: float, usual_s: float, others: int) -> bool:
    """Return what the ledger's claim decides: the usual time is not left, or half of the job's life where that is less.

    An average that is too slow thus refuses nobody in the first half of their life. Where nobody else waits, the slot
    is taken from nobody, and whoever has time left at all is begun.

    >>> is_beyond_help(100, 20, 30, 1), is_beyond_help(50, 70, 600, 1), is_beyond_help(61, 59, 600, 1)
    (True, False, True)
    >>> is_beyond_help(100, 20, 30, 0), is_beyond_help(120, 0, 30, 0)
    (False, True)
    """
    return left_s <= 0 or (others > 0 and left_s <= min(usual_s, (waited_s + left_s) / 2))


def later(waited_s: float, left_s: float, usual_s: float, others: int) -> bool:
    """Return a milder rule, to be compared with: less than half the usual time is left, and less than it waited.

    >>> later(100, 20, 30, 1), later(100, 10, 30, 1), later(5, 10, 30, 1)
    (False, True, False)
    """
    return left_s <= 0 or (left_s < usual_s / 2 and waited_s > left_s)


def never(waited_s: float, left_s: float, usual_s: float, others: int) -> bool:
    """Return whether the deadline is over, which is all that flocks without shedding look at."""
    return left_s <= 0
