"""What of a digest is told: the lines that have to do with the question. Pure."""

from __future__ import annotations

from dataclasses import replace

from tasks.memory.rendering import MOST_CHARS
from tasks.memory.terms import terms
from tasks.memory.values import Kind, Memory

BETWEEN = " · "  # lines of a digest that stand on one line


def telling(memory: Memory, question: str, most_chars: int = MOST_CHARS) -> Memory:
    """Return a memory as it is told: of a digest the lines that share most with a question, in their order.

    What shares nothing follows as far as there is room, the first lines before others.
    """
    lines = memory.text.splitlines()
    if memory.kind is not Kind.DIGEST or len(lines) < 2:
        return memory
    asked = frozenset(terms(question))
    best = sorted(range(len(lines)), key=lambda at: (-len(asked & frozenset(terms(lines[at]))), at))
    chosen: list[int] = []
    left = most_chars
    for at in best:
        left -= len(lines[at]) + len(BETWEEN)
        if left < 0 and chosen:
            break
        chosen.append(at)
    return replace(memory, text=BETWEEN.join(lines[at] for at in sorted(chosen)))
