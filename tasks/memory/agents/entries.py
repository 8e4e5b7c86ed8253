"""What agents keep, as they see it: entries of three tiers, made of memories. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypedDict

from tasks.memory.values import Kind, Memory, Role, Trust

MS = 1000
TASK = "task:"  # what the source of a task begins with
#: What a task's status goes through.
PENDING, IN_PROGRESS, COMPLETED, FAILED = "pending", "in_progress", "completed", "failed"
STATUSES = (PENDING, IN_PROGRESS, COMPLETED, FAILED)
ENDED = frozenset({COMPLETED, FAILED})
KEPT_MS = 24 * 3_600_000  # of a task that has ended
Metadata = Mapping[str, Any]
"""What else is known of an entry; values of JSON."""


class Entry(TypedDict):
    """What every entry has."""

    id: str
    timestamp: datetime
    """When it was written, in UTC."""
    metadata: dict[str, Any]
    importance: float
    recalls: int
    pinned: bool


class ShortTerm(Entry):
    """What was said, word by word."""

    agent: str
    content: str
    context: str


class Working(Entry):
    """A task that is open, or was."""

    task_id: str
    agent: str
    task_type: str
    status: str
    content: str
    dependencies: list[str]
    """The `task_id`s of those that come first."""


class LongTerm(Entry):
    """What is known for long."""

    category: str
    summary: str
    tags: list[str]
    sources: list[str]
    """The ids of the entries that it sums up."""


class Similar(ShortTerm):
    """What is like a question, of whichever tier."""

    score: float
    tier: str


def short_term(memory: Memory) -> ShortTerm:
    """Return a memory as an entry of what was said."""
    return ShortTerm(**_entry(memory), agent=memory.persona, content=memory.text, context=memory.context)


def working(memory: Memory) -> Working:
    """Return the memory of a task as an entry."""
    return Working(
        **_entry(memory),
        task_id=memory.source.removeprefix(TASK),
        agent=memory.persona,
        task_type=memory.category,
        status=memory.status,
        content=memory.text,
        dependencies=list(memory.dependencies),
    )


def long_term(memory: Memory) -> LongTerm:
    """Return a memory as an entry of what is known for long."""
    return LongTerm(
        **_entry(memory),
        category=memory.category,
        summary=memory.text,
        tags=list(memory.tags),
        sources=list(memory.sources),
    )


def similar(memory: Memory, score: float) -> Similar:
    """Return a memory as an answer to a question."""
    return Similar(**short_term(memory), score=score, tier=memory.tier.value)


def of_agent(tenant: str, source: str, agent: str, text: str, at_ms: int, **fields: Any) -> Memory:
    """Return the memory that an agent's entry is kept as; it is the agent's word, of `text` without secrets."""
    usual = {"name": agent, "persona": agent, "role": Role.PERSONA, "kind": Kind.TURN, "trust": Trust.SAID}
    return Memory(source, tenant, agent, text, at_ms, **{**usual, **fields})


def starts(task: Memory, others: Mapping[str, Memory]) -> bool:
    """Return whether all that a task waits for is done; `others` are tasks by their sources."""
    first = (others.get(TASK + name) for name in task.dependencies)
    return all(one is not None and one.status == COMPLETED for one in first)


def may_be_cleared(tasks: Mapping[str, Memory]) -> list[Memory]:
    """Return the tasks that are done and that no other one has to look at any more."""
    waited_for = {TASK + name for task in tasks.values() if task.status != COMPLETED for name in task.dependencies}
    return [task for source, task in tasks.items() if task.status == COMPLETED and source not in waited_for]


def outlived(tasks: Iterable[Memory], now_ms: int) -> tuple[list[Memory], list[Memory]]:
    """Return the tasks that ended a day ago and that no open one waits for, and those whose end is to be noted now.

    Earlier versions noted no ends, so that such a task has a day from now. What is pinned stays.
    """
    every = list(tasks)
    waited_for = {(one.tenant, TASK + name) for one in every if one.status not in ENDED for name in one.dependencies}
    over = [one for one in every if one.status in ENDED and not one.pinned]
    gone = [one for one in over if one.ended_ms and now_ms - one.ended_ms >= KEPT_MS]
    unnoted = [replace(one, ended_ms=now_ms) for one in over if not one.ended_ms]
    return [one for one in gone if (one.tenant, one.source) not in waited_for], unnoted


def told(metadata: Metadata) -> str:
    """Return what else is known of an entry, as it is kept."""
    return json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True) if metadata else ""


def _entry(memory: Memory) -> Entry:
    return Entry(
        id=memory.id,
        timestamp=datetime.fromtimestamp(memory.at_ms / MS, UTC),
        metadata=json.loads(memory.metadata) if memory.metadata else {},
        importance=memory.importance,
        recalls=memory.recalls,
        pinned=memory.pinned,
    )
