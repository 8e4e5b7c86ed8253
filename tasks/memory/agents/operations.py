"""What agents do with memory: three tiers of their own, by the names that agents know them by.

What is kept here is a tenant's of its own and is told in no chat; what was said in chats is `recall`'s. Over the same
store, so it is found in the same way, and backed up, carried over and forgotten with the rest.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from tasks.contracts.errors import BadInput
from tasks.memory.agents import entries
from tasks.memory.agents.entries import (
    COMPLETED,
    ENDED,
    IN_PROGRESS,
    MS,
    PENDING,
    STATUSES,
    TASK,
    Entry,
    LongTerm,
    Metadata,
    ShortTerm,
    Similar,
    Working,
)
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.finding import find
from tasks.memory.importance import Signs, importance, may_go, worth_now
from tasks.memory.indexing import indexed
from tasks.memory.opening import Opened
from tasks.memory.rights.cleaning import all_clean, clean
from tasks.memory.tiers.writing import Shelf, replace_with
from tasks.memory.values import EVERYTHING, Between, Kind, Memory, Tier, Trust, Wanted, Whole, id_of

AGENTS = "agents"  # the tenant of what agents keep
LIMIT = 25
KEEPS_HOURS = 48.0
LEAST_IMPORTANT = 0.5
PRUNED_AFTER_DAYS = 90.0
PAGE = 200
HOUR_MS = 3_600_000


def _now_ms() -> int:
    return int(time.time() * MS)


class MemoryOperations:
    """The memories of a tenant's agents; used with `with`, it lets go of the store at the end, whatever happened.

    Every method raises MemoryUnavailable where the store cannot be reached, and those that write raise BadInput for
    what holds a secret: nothing of it is kept.
    """

    def __init__(
        self, opened: Opened, embedder: Embedder, tenant: str = AGENTS, now_ms: Callable[[], int] = _now_ms
    ) -> None:
        self._opened, self._embedder, self._tenant, self._now_ms = opened, embedder, tenant, now_ms
        self._whole = Whole(tenant)

    def __enter__(self) -> Self:
        """Return itself; the store is opened when it is first needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of the store."""
        self.close()

    def close(self) -> None:
        """Let go of the store. Idempotent."""
        self._opened.close()

    def add_short_term(self, agent: str, content: str, context: str = "", metadata: Metadata | None = None) -> str:
        """Keep what was said by an agent, or to it; returns its id."""
        content, context = clean(content), clean(context)
        return self._keep(
            agent,
            f"said:{uuid.uuid4()}",
            content,
            around=f"{context}\n{content}".strip(),
            context=context,
            told=metadata,
        )

    def get_recent_short_term(self, hours: float = 24.0, agent: str = "") -> list[ShortTerm]:
        """Return what was kept in the last hours, of one agent or of all, the latest first."""
        wanted = replace(_tier(Tier.SHORT, agent), when=Between(self._hours_ago(hours)))
        return [entries.short_term(memory) for memory in _latest_first(self._all(wanted))]

    def delete_old_short_term(self, hours: float = KEEPS_HOURS) -> int:
        """Forget what is older than that; returns how many there were. What is pinned stays."""
        wanted = replace(_tier(Tier.SHORT), when=Between(None, self._hours_ago(hours)), superseded=True)
        return self._forget([memory for memory in self._all(wanted) if not memory.pinned])

    def add_working_memory(
        self,
        task_id: str,
        agent: str,
        task_type: str,
        content: str,
        status: str = PENDING,
        dependencies: Sequence[str] = (),
        metadata: Metadata | None = None,
    ) -> str:
        """Keep a task, in the place of the one with the same `task_id`; returns its id.

        `dependencies` are the `task_id`s of those that come first.
        """
        return self._keep(
            agent,
            TASK + task_id,
            clean(content),
            tier=Tier.WORKING,
            kind=Kind.TASK,
            category=task_type,
            status=_status(status),
            dependencies=tuple(dependencies),
            ended_ms=self._now_ms() if status in ENDED else 0,
            told=metadata,
        )

    def update_working_memory_status(self, task_id: str, status: str) -> bool:
        """Give a task another status. False: there is no such task, or it may not start before others are done.

        A day after it is completed, or failed, the next night forgets it, unless others that are not wait for it.
        """
        store, source = self._opened.get(), TASK + task_id
        there = store.get([id_of(self._tenant, source)], self._whole)
        if not there or (_status(status) in (IN_PROGRESS, COMPLETED) and not self._starts(there[0])):
            return False
        store.amend([replace(there[0], status=status, ended_ms=self._now_ms() if status in ENDED else 0)])
        return True

    def get_working_tasks(self, status: str = "", agent: str = "") -> list[Working]:
        """Return the tasks of that status and of that agent, where they are told, the oldest first."""
        wanted = replace(_tasks(agent), statuses=frozenset({_status(status)} if status else ()))
        tasks = sorted(self._all(wanted), key=lambda memory: (memory.at_ms, memory.source))
        return [entries.working(task) for task in tasks]

    def clear_completed_tasks(self) -> int:
        """Forget the tasks that are done; returns how many. One that others wait for stays until those are done."""
        return self._forget(entries.may_be_cleared({task.source: task for task in self._all(_tasks())}))

    def add_long_term(
        self,
        category: str,
        summary: str,
        importance: float = LEAST_IMPORTANT,
        tags: Sequence[str] = (),
        metadata: Metadata | None = None,
        agent: str = "",
    ) -> str:
        """Keep what is to be known for long, of an importance from 0 to 1; returns its id."""
        if not 0.0 <= importance <= 1.0:
            raise BadInput(f"an importance of {importance} cannot be", next_step="it is a number from 0 to 1")
        return self._keep(
            agent,
            f"known:{uuid.uuid4()}",
            clean(summary),
            tier=Tier.LONG,
            kind=Kind.FACT,
            category=category,
            tags=tuple(tags),
            importance=importance,
            told=metadata,
        )

    def search_long_term(
        self, category: str = "", tags: Sequence[str] = (), min_importance: float = 0.0, limit: int = LIMIT
    ) -> list[LongTerm]:
        """Return what is known of a category, with all of these tags, and that important; the most important first."""
        wanted = replace(
            _tier(Tier.LONG),
            categories=frozenset({category} if category else ()),
            tags=frozenset(tags),
            least_importance=min_importance,
        )
        found = sorted(self._all(wanted), key=lambda memory: (-memory.importance, -memory.at_ms, memory.id))
        return [entries.long_term(memory) for memory in found[:limit]]

    def compress_to_long_term(self, short_term_entries: Sequence[Entry], summary: str) -> str:
        """Put a summary in the place of entries, and return its id.

        It names them as its sources; they go once it is known to be there. Raises BadInput: one is not there any more.
        """
        store = self._opened.get()
        sources = store.get([entry["id"] for entry in short_term_entries], self._whole)
        if not sources or len(sources) < len({entry["id"] for entry in short_term_entries}):
            raise BadInput("not all of these entries are there", next_step="read them again, then sum them up")
        made = self._memory(
            sources[0].persona,
            f"summary:{uuid.uuid5(uuid.NAMESPACE_OID, ' '.join(sorted(memory.id for memory in sources)))}",
            clean(summary),
            at_ms=max(memory.at_ms for memory in sources),
            tier=Tier.LONG,
            kind=Kind.DIGEST,
            trust=Trust.MADE,
            importance=max(memory.importance for memory in sources),
            sources=tuple(memory.id for memory in sources),
        )
        if not replace_with(Shelf(store, self._embedder), sources, [made]):
            raise BadInput("some of these entries were forgotten", next_step="read them again, then sum them up")
        return made.id

    def search_similar_memories(self, query: str, limit: int = LIMIT, hours: float | None = None) -> list[Similar]:
        """Return what is most like a question, the best first; of the last hours, where they are told."""
        wanted = EVERYTHING if hours is None else Wanted(when=Between(self._hours_ago(hours)))
        found = find(query, self._whole, self._opened.get(), self._embedder, self._now_ms(), limit=limit, wanted=wanted)
        return [entries.similar(one.memory, one.score) for one in found]

    def calculate_importance(self, memory: Entry, times: int = 1) -> float:
        """Return what an entry is worth now, from 0 to 1; `times` is how often the same was said.

        Never less for one that was said more often, that somebody asked to be remembered, or that is more recent.
        """
        text = str(memory.get("content") or memory.get("summary") or "")
        kept = Memory(
            memory["id"],
            self._tenant,
            "",
            text,
            int(memory["timestamp"].timestamp() * MS),
            importance=max(memory["importance"], importance(text, Signs(times=times))),
            pinned=memory["pinned"],
            recalls=memory["recalls"],
        )
        return worth_now(kept, self._now_ms())

    def auto_prune_memories(self, threshold: float = LEAST_IMPORTANT, days: float = PRUNED_AFTER_DAYS) -> int:
        """Forget what is older than that and worth less than the threshold; returns how many.

        What is pinned stays, and so do tasks.
        """
        now_ms = self._now_ms()
        every = self._all(Wanted(superseded=True))
        return self._forget([memory for memory in every if may_go(memory, now_ms, threshold, days)])

    def _keep(self, agent: str, source: str, text: str, *, told: Metadata | None = None, **fields: Any) -> str:
        made = self._memory(agent, source, text, metadata=entries.told(all_clean(dict(told or {}))), **fields)
        self._opened.get().put(indexed([made], self._embedder))
        return made.id

    def _memory(self, agent: str, source: str, text: str, **fields: Any) -> Memory:
        fields = {"importance": importance(text), "at_ms": self._now_ms(), **fields}
        return entries.of_agent(self._tenant, source, agent, text, **fields)

    def _all(self, wanted: Wanted) -> Iterator[Memory]:
        after = ""
        while True:
            page = self._opened.get().page(self._whole, wanted, PAGE, after)
            yield from page.memories
            after = page.after
            if not after:
                return

    def _starts(self, task: Memory) -> bool:
        ids = [id_of(self._tenant, TASK + name) for name in task.dependencies]
        first = self._opened.get().get(ids, self._whole)
        return entries.starts(task, {memory.source: memory for memory in first})

    def _forget(self, memories: Sequence[Memory]) -> int:
        ids = [memory.id for memory in memories]
        return self._opened.get().delete(self._whole, Wanted(superseded=True), ids) if ids else 0

    def _hours_ago(self, hours: float) -> int:
        return self._now_ms() - int(hours * HOUR_MS)


def _tier(tier: Tier, agent: str = "") -> Wanted:
    return Wanted(tiers=frozenset({tier}), authors=frozenset({agent} if agent else ()))


def _tasks(agent: str = "") -> Wanted:
    return replace(_tier(Tier.WORKING, agent), kinds=frozenset({Kind.TASK}))


def _latest_first(memories: Iterator[Memory]) -> list[Memory]:
    return sorted(memories, key=lambda memory: (-memory.at_ms, memory.id))


def _status(status: str) -> str:
    if status not in STATUSES:
        raise BadInput(f"a task cannot be {status!r}", next_step=f"it is one of: {', '.join(STATUSES)}")
    return status
