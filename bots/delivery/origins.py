"""Which job a message of ours came of, for reactions and buttons: kept for a week, then forgotten by itself."""

from __future__ import annotations

from tasks.jobs import pockets
from tasks.jobs.values import Move

LIFE_S = 7 * 24 * 3600


def noted(bot: str, message: str, job: str) -> Move[bool]:
    """Remember which job a message came of."""
    return pockets.put(_name(bot, message), job, LIFE_S)


def job_of(bot: str, message: str) -> Move[str]:
    """Return the job that a message of this bot came of; empty: it is not known, or no longer."""
    return pockets.get(_name(bot, message))


def _name(bot: str, message: str) -> str:
    return f"said:{bot}:{message}"
