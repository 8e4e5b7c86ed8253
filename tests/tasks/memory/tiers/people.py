"""People who say things on days that a test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.memory.importance import importance
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers import steps, writing
from tasks.memory.tiers.writing import ALL, Shelf
from tasks.memory.values import Memory, Role
from tasks.memory.weighing import DAY_MS
from tests.tasks.memory.conftest import Directions, keep

FIRST_MS = 20_002 * DAY_MS  # a Sunday
NIGHT_MS = 2 * 3_600_000


def turn(number: int, text: str, day: int = 0, **fields: Any) -> Memory:
    """Return what Ann said to wren alone."""
    told: dict[str, Any] = {
        "tenant": "ada",
        "author": "ada",
        "name": "Ann",
        "persona": "wren",
        "user": "ada",
        "direct": True,
        "session": "s",
        "importance": importance(text),
        "at_ms": FIRST_MS + day * DAY_MS + number * 60_000,
        **fields,
    }
    return Memory(source=f"j{number}:0", text=text, **told)


def reply(number: int, text: str, day: int = 0, **fields: Any) -> Memory:
    """Return what wren answered."""
    answered = {"author": "wren", "name": "wren", "role": Role.PERSONA, **fields}
    said = turn(number, text, day, **answered)
    return Memory(**{**said.__dict__, "source": f"j{number}:1", "at_ms": said.at_ms + 1_000})


def exchanges(count: int, day: int = 0, begin: int = 0) -> list[Memory]:
    """Return so many questions and replies, each with a fact of its own."""
    said = range(begin, begin + count)
    return [one for at in said for one in (turn(at, f"I paid {at + 7} to Bob", day), reply(at, f"So {at + 7}.", day))]


def night(day: int) -> int:
    """Return the moment of the night before a day."""
    return FIRST_MS + day * DAY_MS + NIGHT_MS


def nobody(_turns: Sequence[Memory]) -> bool:
    """Be asked to sum something up, and have no model to."""
    return False


class Home:
    """A store, and who looks through it."""

    def __init__(self, store: VectorStore, *memories: Memory) -> None:
        self.store, self.shelf = store, Shelf(store, Directions())
        keep(store, *memories)

    def live(self, day: int, *, week: bool = False) -> None:
        """Let a night pass."""
        for _ in writing.resumed(self.store):
            pass
        for _ in steps.day_by_day(self.shelf, night(day), nobody):
            pass
        for _ in steps.week_by_week(self.shelf) if week else ():
            pass
        for _ in steps.corrected(self.shelf):
            pass
        for _ in steps.pruned(self.shelf, night(day)):
            pass

    def all(self) -> list[Memory]:
        """Return all memories, by when they are of."""
        found = steps.everything(self.store, ALL)
        return sorted(found, key=lambda memory: (memory.at_ms, memory.text))

    def texts(self) -> list[str]:
        """Return what they say."""
        return [memory.text for memory in self.all()]
