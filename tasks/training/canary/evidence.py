"""How sure it is that a canary goes wrong more often than what was served before: an e-value. Pure.

It may be looked at after every reply, for as long as one likes: where both are equally good, the chance that it ever
grows to 20 is one in 20 at most (Ville). No test that is repeated until it says no can promise that. It is the
two-sample test of Turner, Ly and Grünwald (2021): replies come in blocks, one of the canary and a fixed number of the
other, and what each block says is multiplied, averaged over how often each of both might go wrong.
"""

from __future__ import annotations

import math
from typing import NamedTuple

_OFTEN = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
_MORE_OFTEN = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
#: How often the one before and the canary might go wrong: at least twice as often, or a fifth more.
WORSE = tuple((a, b) for a in _OFTEN for b in _MORE_OFTEN if b >= 2 * a or b - a >= 0.2)


class Tally(NamedTuple):
    """Replies of one of both, and how many of these went wrong."""

    wrong: int
    replies: int

    @property
    def rate(self) -> float:
        """How often they go wrong; 0 where there are none."""
        return self.wrong / self.replies if self.replies else 0.0


def e_value(canary: Tally, before: Tally) -> float:
    """Return how many times likelier all of this is where the canary is worse than where it is not.

    `before` has a whole number of replies for each of the canary's: see `blocks`.

    >>> e_value(Tally(20, 100), Tally(8, 400)) > 1_000 > 1 > e_value(Tally(2, 100), Tally(8, 400))
    True
    """
    if not (canary.replies and before.replies):
        return 1.0
    each = before.replies / canary.replies
    logs = [_log(canary, before, often, more, (each * often + more) / (each + 1)) for often, more in WORSE]
    most = max(logs)
    return math.exp(min(most + math.log(sum(math.exp(one - most) for one in logs) / len(logs)), 700.0))


def blocks(canary: list[bool], before: list[bool], each: int) -> tuple[Tally, Tally]:
    """Return the tallies over whole blocks, of what went wrong in the order in which it did.

    >>> blocks([True, False, False], [False, True, False, False, True], 2)
    (Tally(wrong=1, replies=2), Tally(wrong=1, replies=4))
    """
    whole = min(len(canary), len(before) // each)
    one, other = canary[:whole], before[: whole * each]
    return Tally(sum(one), len(one)), Tally(sum(other), len(other))


def _log(canary: Tally, before: Tally, often: float, more: float, same: float) -> float:
    """Return the logarithm for one guess of how often both go wrong, against `same` for both."""
    return _likely(canary, more, same) + _likely(before, often, same)


def _likely(tally: Tally, rate: float, same: float) -> float:
    right = tally.replies - tally.wrong
    return tally.wrong * math.log(rate / same) + right * math.log((1 - rate) / (1 - same))
