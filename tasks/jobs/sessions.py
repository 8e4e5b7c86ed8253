"""Which conversation of a chat goes on: `/reset` begins a new one, which knows nothing of those before.

A chat's session has one name; each new conversation in it has that name and an epoch. A job that was asked before the
reset still ends in the conversation that it was asked in.
"""

from __future__ import annotations

from tasks.contracts.messages import fitting
from tasks.jobs.values import Move

FIRST = 0
MARK = "~"


def epoch(session: str) -> Move[int]:
    """Return which conversation of a chat is the present one: `FIRST`, or when it was begun (seconds)."""
    return Move("epoch", (session, ""), int, rings=False)


def reset(session: str) -> Move[int]:
    """Begin a new conversation in a chat, and return its epoch."""
    return Move("epoch", (session, "anew"), int, rings=False)


def named(session: str, epoch: int) -> str:
    """Return the name of a conversation: what `JobRequest.session` is to be.

    >>> named("discord:rook:42", FIRST), named("discord:rook:42", 1700000000)
    ('discord:rook:42', 'discord:rook:42~1700000000')
    """
    if epoch == FIRST:
        return session
    return fitting(f"{session}{MARK}{epoch}")


def summing(session: str) -> str:
    """Return the session of the jobs that sum up this one: one at a time, in nobody's way.

    >>> summing("discord:rook:42")
    'condense:discord:rook:42'
    """
    return fitting(f"condense:{session}")


def chat_of(session: str) -> str:
    """Return the name that all conversations of a chat share.

    >>> chat_of("discord:rook:42~1700000000")
    'discord:rook:42'
    """
    return session.rpartition(MARK)[0] or session
