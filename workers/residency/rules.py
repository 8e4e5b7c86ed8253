"""The numbers that the policy goes by, derived from how long people wait at most. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

PAYBACK_MOST, PAYBACK_UNIT_S = 4.0, 30.0
STARVING_SHARE = 0.25  # of the deadline: how long residents are kept against a model that starves


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of `decide`. `for_deadline` derives those that were measured to be good."""

    deadline_s: float
    """How long a chat may take from receipt to answer. Work with a longer life waits more patiently, in proportion."""
    aging_s: float
    """Whoever waits longer may take the place of a model that is in use."""
    payback: float
    """An idle model goes once the waiting, in seconds of all who wait, is this many times what its reload costs."""
    residence_most_s: float
    """No model is kept longer than this against one that has waited longer than `aging_s`."""
    residence_starving_s: float
    """The same against a model that starves."""
    starving_after_s: float
    """A model that nobody holds, that people wait for and that had no start for so long starves: it goes first."""
    residence_loads: float = 20.0
    """A model in use stays at least this many times its own load time."""
    backlog_ratio: float = 1.0
    """A model in use goes only to one with at least this many times its waiting jobs."""
    copy_loads: float = 1.0
    """Another copy is loaded once its holders need this many load times for those who wait."""
    copy_over_last_loads: float = 4.0
    """The same where the only copy of another model has to go for it."""
    half_life_s: float = 60.0
    """An idle model is worth half as much to keep after so long without use."""
    only_usable: bool = True
    """Whether only those count who can still be answered in time."""

    @classmethod
    def for_deadline(
        cls, deadline_s: float, *, aging_s: float = 60.0, turn_deadlines: float = 2.0, **more: Any
    ) -> Self:
        """Return the rules where people wait `deadline_s` at most; `more` are fields that are to differ.

        >>> rules = Rules.for_deadline(120)
        >>> rules.aging_s, rules.payback, rules.residence_starving_s, rules.starving_after_s
        (60.0, 4.0, 30.0, 240.0)
        """
        derived = {
            "deadline_s": deadline_s,
            "aging_s": min(aging_s, deadline_s / 2),
            "payback": min(PAYBACK_MOST, max(1.0, deadline_s / PAYBACK_UNIT_S)),
            "residence_most_s": deadline_s,
            "residence_starving_s": deadline_s * STARVING_SHARE,
            "starving_after_s": deadline_s * turn_deadlines,
        }
        return cls(**(derived | more))
