"""Fits a conversation into a model's window. Pure; counts characters, since every engine counts tokens its own way."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tasks.contracts.messages import Turn
from tasks.services import Chat

CHARS_PER_TOKEN = 3.0  # below what English needs (about 4), so that the estimate errs on the safe side
TURN_TOKENS = 8  # role marks and separators of a chat template


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` takes, rather too many than too few: one per byte beyond ASCII."""
    wide = sum(1 for char in text if ord(char) > 0x7F)
    return int((len(text) - wide) / CHARS_PER_TOKEN) + wide + TURN_TOKENS


def turns_tokens(turns: Sequence[Turn]) -> int:
    """Return about how many tokens `turns` take, with the calls that are in them."""
    said = (turn.text for turn in turns)
    called = (call.name + call.arguments for turn in turns for call in turn.calls)
    return sum(map(estimate_tokens, (*said, *called)))


def asked_tokens(chat: Chat) -> int:
    """Return about how many tokens the engine reads before it answers `chat`: its turns, and what tools there are."""
    return turns_tokens(chat.turns) + sum(estimate_tokens(json.dumps(tool)) for tool in chat.tools)


def fit(opening: Sequence[Turn], said: Sequence[Turn], stays: Sequence[Turn], room_tokens: int) -> tuple[Turn, ...]:
    """Return opening, as many of the latest turns as there is room for, and what stays: the first and last always do.

    What remains of the window begins with the person, as chat templates want it.
    """
    left = room_tokens - turns_tokens((*opening, *stays))
    kept: list[Turn] = []
    for turn in reversed(said):
        left -= estimate_tokens(turn.text)
        if left < 0:
            break
        kept.append(turn)
    kept.reverse()
    while kept and kept[0].role == "assistant":
        kept.pop(0)
    return (*opening, *kept, *stays)
