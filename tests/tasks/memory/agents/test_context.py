"""What is kept, as it stands behind a system prompt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.jobs.values import Ways
from tasks.memory.agents.context import ContextManager
from tasks.memory.agents.operations import MemoryOperations
from tasks.memory.opening import Opened
from tasks.memory.rendering import CHARS_PER_TOKEN, DAY_MS, cost
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tests.tasks.memory.conftest import DIMENSION, Directions
from tests.tasks.memory.hall import Hall

PROMPT = "You are Milton."


class Desk:
    """An agent's memories and its context, with one clock for both."""

    def __init__(self) -> None:
        self.at_ms = 20_000 * DAY_MS
        opened = Opened("agents", lambda: QdrantStore(IN_MEMORY, "agents", DIMENSION))
        self.memory = MemoryOperations(opened, Directions(), now_ms=lambda: self.at_ms)
        self.context = ContextManager(self.memory, lambda: self.at_ms)

    def keep(self, text: str, agent: str = "NEXUS") -> None:
        self.memory.add_short_term(agent, text)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    with made.memory:
        yield made


def test_what_is_relevant_is_numbered_dated_and_short(desk: Desk) -> None:
    desk.keep("owls are birds of the night")
    desk.at_ms += DAY_MS
    desk.keep("the owls sleep " + "and sleep " * 40)
    desk.at_ms += 19 * DAY_MS
    desk.keep('she said "owls" twice', agent="CORTEX")
    assert desk.context.get_relevant_context("owls") == "\n".join(
        (
            "RELEVANT CONTEXT FROM PAST CONVERSATIONS:",
            '1. [today] CORTEX: "she said ”owls” twice"',
            '2. [20 days ago] NEXUS: "owls are birds of the night"',
            '3. [19 days ago] NEXUS: "the owls sleep ' + "and sleep " * 18 + 'and…"',
        )
    )


def test_three_are_told_unless_more_are_asked_for(desk: Desk) -> None:
    for number in range(8):
        desk.keep(f"owl number {number} is called {'abcdefgh'[number] * 4}")
    assert len(desk.context.get_relevant_context("owl").splitlines()) == 1 + 3
    assert len(desk.context.get_relevant_context("owl", limit=5).splitlines()) == 1 + 5


def test_it_stands_behind_the_system_prompt(desk: Desk) -> None:
    desk.keep("the owls like mice")
    assert desk.context.inject_context(PROMPT, "what do owls like?") == (
        f"{PROMPT}\n\nRELEVANT CONTEXT FROM PAST CONVERSATIONS:\n" + '1. [today] NEXUS: "the owls like mice"'
    )


def test_where_nothing_is_relevant_the_prompt_stays_as_it_is(desk: Desk) -> None:
    assert desk.context.get_relevant_context("what do owls like?") == ""
    assert desk.context.inject_context(PROMPT, "what do owls like?") == PROMPT


def test_a_fact_that_the_window_has_long_lost_is_found_again_within_its_budget(tmp_path: Path, redis_url: str) -> None:
    hall = Hall(redis_url, tmp_path, budget_tokens=60)
    hall.flock.ways = Ways(archive=True, window_turns=4, recall_ms=hall.flock.ways.recall_ms)
    try:
        hall.tell("my dog is called Rex")
        for number in range(6):
            hall.tell(f"dogs like me had breakfast number {number}, a long one with tea and toast")
        hall.remember()
        claim = hall.ask("what is my dog called?")
        assert all("Rex" not in turn.text for turn in claim.window)
        assert "my dog is called Rex" in claim.recalled
        assert sum(map(cost, claim.recalled.splitlines())) <= 60 * CHARS_PER_TOKEN
    finally:
        hall.close()
