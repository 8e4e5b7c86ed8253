"""Fits a conversation into a model's window. Pure; counts characters, since every engine counts tokens its own way."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.contracts.messages import Turn

CHARS_PER_TOKEN = 3.0  # below what English needs (about 4), so that the estimate errs on the safe side
TURN_TOKENS = 8  # role marks and separators of a chat template


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` takes, rather too many than too few: one per byte beyond ASCII."""
    wide = sum(1 for char in text if ord(char) > 0x7F)
    return int((len(text) - wide) / CHARS_PER_TOKEN) + wide + TURN_TOKENS


def fit(opening: Sequence[Turn], said: Sequence[Turn], question: Turn, room_tokens: int) -> tuple[Turn, ...]:
    """Return opening, as many of the latest turns as there is room for, and the question. The first and last stay.

    What remains of the window begins with the person, as chat templates want it.
    """
    left = room_tokens - sum(estimate_tokens(turn.text) for turn in (*opening, question))
    kept: list[Turn] = []
    for turn in reversed(said):
        left -= estimate_tokens(turn.text)
        if left < 0:
            break
        kept.append(turn)
    kept.reverse()
    while kept and kept[0].role == "assistant":
        kept.pop(0)
    return (*opening, *kept, question)
