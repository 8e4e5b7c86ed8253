"""When a session has grown too long for its prompt, and how much of it is then made short. Pure.

Long before turns are lost, and much at once: so it happens seldom, and the beginning of the prompt, which engines keep
computed, stays as it is meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from tasks.contracts.condensed import Condensed
from tasks.contracts.messages import Turn
from tasks.generation.budget import turns_tokens
from tasks.generation.excerpts import chosen

FULL, STAYS = 0.75, 0.4  # of the turns that a session may have, and of the tokens that there are for them
SHARE = 1 / 6  # of a prompt that what was summed up may take
LEAST_TOKENS = 100  # for a session; where a persona leaves less, no summary helps
MOST_TOKENS = 600  # that it may take, however large the window


def uncovered(window: Sequence[Turn], known: Condensed) -> tuple[Turn, ...]:
    """Return the turns of a session that no summary stands for."""
    covered = frozenset(known.covered)
    return tuple(turn for turn in window if turn.job not in covered)


def due(said: Sequence[Turn], most_turns: int, room_tokens: int) -> tuple[Turn, ...]:
    """Return the oldest turns of a session that are to be made short; none as long as there is room for more.

    All turns of a message go together, and those of the last message stay.
    """
    if room_tokens < LEAST_TOKENS or _fits(said, FULL * most_turns, FULL * room_tokens):
        return ()
    messages = [tuple(turns) for _job, turns in groupby(said, key=lambda turn: turn.job)]
    stays = messages.pop()
    while messages and _fits((*messages[-1], *stays), STAYS * most_turns, STAYS * room_tokens):
        stays = (*messages.pop(), *stays)
    return tuple(turn for message in messages for turn in message if turn.job)


def condensed(known: Condensed, turns: Sequence[Turn], most_turns: int, room_tokens: int) -> Condensed:
    """Return what stands for a session up to these turns, where no model has summed it up."""
    fresh = tuple(dict.fromkeys(turn.job for turn in turns))
    return Condensed(
        excerpts=chosen(known.excerpts, turns, summary_tokens(room_tokens)),
        covered=(*known.covered, *fresh)[-most_turns:],  # those that may still stand in the session's window
        messages=known.messages + len(fresh),
    )


def summary_tokens(room_tokens: int) -> int:
    """Return what a summary may take of a prompt."""
    return min(MOST_TOKENS, int(room_tokens * SHARE))


def _fits(said: Sequence[Turn], turns: float, tokens: float) -> bool:
    return len(said) <= turns and turns_tokens(said) <= tokens
