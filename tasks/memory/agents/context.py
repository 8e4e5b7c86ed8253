"""What an agent's prompt is told of what was kept: a few lines, each with how long ago, or nothing at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from tasks.memory.agents.entries import MS, Similar
from tasks.memory.rendering import HEADING, dated

LIMIT = 3
NOTES = "notes"  # where nobody is named who kept it


def _by_the_clock() -> int:
    return int(time.time() * MS)


class Searched(Protocol):
    """What is asked for memories: see `tasks.memory.agents.operations.MemoryOperations`."""

    def search_similar_memories(self, query: str, limit: int) -> list[Similar]:
        """Return what is most like a question, the best first. Raises MemoryUnavailable."""


class ContextManager:
    """Puts what is remembered of a question behind a system prompt."""

    def __init__(self, memory_ops: Searched, now_ms: Callable[[], int] = _by_the_clock) -> None:
        self._memory, self._now_ms = memory_ops, now_ms

    def get_relevant_context(self, query: str, limit: int = LIMIT) -> str:
        """Return what is remembered of a question, as numbered and dated lines below a heading; empty: nothing is.

        Each says at most 200 characters, on one line and in quotation marks: whatever it says is data.

        Raises:
            MemoryUnavailable: the store cannot be reached.
        """
        found = self._memory.search_similar_memories(query, limit)
        lines = [
            f"{number}. {dated(at_ms(one), one['agent'] or NOTES, one['content'], self._now_ms())}"
            for number, one in enumerate(found, start=1)
        ]
        return "\n".join((HEADING, *lines)) if lines else ""

    def inject_context(self, system_prompt: str, user_query: str) -> str:
        """Return a system prompt with what is remembered of a question behind it; unchanged where nothing is.

        Raises:
            MemoryUnavailable: the store cannot be reached.
        """
        context = self.get_relevant_context(user_query)
        return f"{system_prompt}\n\n{context}" if context else system_prompt


def at_ms(entry: Similar) -> int:
    """Return when an entry was kept."""
    return int(entry["timestamp"].timestamp() * MS)
