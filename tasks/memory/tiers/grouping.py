"""Which memories may stand in one digest: those that the same people may be told of, of one person, of one day. Pure.

A digest holds one person's words and what was answered to them: so whoever wants to be forgotten takes whole digests
along, and nobody else's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tasks.memory.values import Memory
from tasks.memory.weighing import DAY_MS

TURNS_A_DIGEST = 10
CHARS_A_DIGEST = 8_000  # of turns: a small model reads no more at once


class Circle(NamedTuple):
    """Who may be told: what all memories of a digest have in common."""

    tenant: str
    persona: str
    channel: str
    direct: bool
    user: str


def circle_of(memory: Memory) -> Circle:
    """Return who may be told of a memory."""
    return Circle(memory.tenant, memory.persona, memory.channel, memory.direct, memory.user)


def circles(memories: Iterable[Memory]) -> dict[Circle, list[Memory]]:
    """Return memories by who may be told of them."""
    found: dict[Circle, list[Memory]] = {}
    for memory in memories:
        found.setdefault(circle_of(memory), []).append(memory)
    return found


def chunks(turns: Iterable[Memory]) -> list[list[Memory]]:
    """Return turns of a day as they are to be summed up: of one circle, about ten together, sessions in their order."""
    return [chunk for told in circles(turns).values() for chunk in _chunked(sorted(told, key=_place))]


def day_of(at_ms: int) -> int:
    """Return the number of the day (UTC) that a moment is in."""
    return at_ms // DAY_MS


def _place(turn: Memory) -> tuple[str, int, str]:
    return turn.session, turn.at_ms, turn.source


def _chunked(turns: Sequence[Memory]) -> list[list[Memory]]:
    size = sum(len(turn.text) for turn in turns)
    parts = max(math.ceil(len(turns) / TURNS_A_DIGEST), min(len(turns), math.ceil(size / CHARS_A_DIGEST)), 1)
    return [list(turns[at * len(turns) // parts : (at + 1) * len(turns) // parts]) for at in range(parts)]
