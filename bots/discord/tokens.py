"""The tokens by which interactions are answered for fifteen minutes: never in a job, never in a log."""

from __future__ import annotations

from tasks.jobs import pockets
from tasks.jobs.values import Move

LIFE_S = 14.5 * 60


def keep(bot: str, interaction: str, token: str) -> Move[bool]:
    """Keep the token of an interaction for as long as it is good."""
    return pockets.put(_name(bot, interaction), token, LIFE_S)


def of(bot: str, interaction: str) -> Move[str]:
    """Return the token of an interaction; empty: its time is over."""
    return pockets.get(_name(bot, interaction))


def _name(bot: str, interaction: str) -> str:
    return f"interaction:{bot}:{interaction}"
