"""Every exchange that was delivered becomes memories, once: read from the transcript by the numbers of its rows.

What is written has ids that are made of the job and the turn, and the bookmark moves after it is kept: whoever dies in
between does it again, with nothing lost and nothing twice. The transcript is the source, not the ledger's stream, so a
store that is away for days, or begins anew with another model, misses nothing, and nobody waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.exchanged import Exchanged, Exchanges
from tasks.contracts.hearing import Heard, heard
from tasks.contracts.scrubbing import scrub
from tasks.jobs import bookmarks
from tasks.jobs.crashpoints import reach
from tasks.jobs.forgetting import Tombstones
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.importance import NO_SIGNS, Signs, importance
from tasks.memory.indexing import indexed, surrounded
from tasks.memory.opening import Opened
from tasks.memory.values import Kind, Memory, Role, Trust, Wanted, Whole

BATCH = 8  # exchanges: a question that comes meanwhile waits no longer than these take to be embedded
WORKS_S = 5.0  # at a time
WHO = "memory"  # of the bookmarks
NOBODY = "user"  # what a person is called who talks to a persona alone
KEPT, MARKED = "memory.kept", "memory.marked"  # where tests have this process die
logger = logging.getLogger(__name__)


class Ingester:
    """Brings the memories up to the transcript."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        exchanges: Exchanges,
        ending: threading.Event,
        clock: Clock | None = None,
        *,
        alone: threading.Lock | None = None,
        came_late: Callable[[Sequence[Exchanged]], None] | None = None,
    ) -> None:
        """`came_late` is told of what was written down after its person wanted everything forgotten."""
        self._ledger, self._opened, self._embedder, self._exchanges = ledger, opened, embedder, exchanges
        self._ending, self._clock, self._alone = ending, clock or SystemClock(), alone or threading.Lock()
        self._looked, self._stones, self._came_late = False, Tombstones(ledger), came_late

    def ingest(self) -> bool:
        """Remember what was written down since, for a moment; True while more is left.

        One thread at a time: whoever comes meanwhile is told that nothing is left, and may recall instead.

        Raises:
            MemoryUnavailable, TranscriptUnavailable, StoreUnavailable: the next time goes on where this one ended.
        """
        if not self._alone.acquire(blocking=False):
            return False
        try:
            until_s = self._clock.monotonic_s() + WORKS_S
            while self._step():
                if self._ending.is_set() or self._clock.monotonic_s() >= until_s:
                    return not self._ending.is_set()
        finally:
            self._alone.release()
        return False

    def _step(self) -> bool:
        store = self._opened.get()
        mark = int(self._ledger.run(bookmarks.get(WHO, self._opened.name)) or 0)
        if not self._looked and mark and store.count(Whole(), Wanted(superseded=True)) == 0:
            mark = self._begin_anew()  # it lost everything, or is a new one under the old one's name
        self._looked = True
        found = self._exchanges.after(mark, BATCH)
        if not found:
            if mark > self._exchanges.newest():
                self._begin_anew()  # the transcript is another one
            return False
        spoken = [(self._exchanges.before(said[0]), said) for said in by_session(self._heard(found))]
        came_ms = {one.first: one.came_ms for before, said in spoken for one in (before, *said) if one}
        fresh = self._fresh(spoken)
        kept = fresh.keys() - self._forgotten(fresh, came_ms)
        store.put(indexed([fresh[id_] for id_ in kept], self._embedder))
        reach(KEPT)
        for id_ in self._forgotten(fresh, came_ms):  # meanwhile
            store.delete(Whole(fresh[id_].tenant), Wanted(superseded=True), [id_])
        self._ledger.run(bookmarks.put(WHO, self._opened.name, found[-1].number))
        reach(MARKED)
        return True

    def _begin_anew(self) -> int:
        logger.warning("the memories are made anew", extra={"memories": self._opened.name})
        self._ledger.run(bookmarks.forget(WHO, self._opened.name))
        return 0

    def _heard(self, found: Sequence[Exchanged]) -> list[Exchanged]:
        """Return these exchanges without those of which everything was to be forgotten when they were on their way."""
        silent = self._stones.silent_until_ms({one.user for one in found})
        late = [one for one in found if one.came_ms <= silent.get(one.user, -1)]
        if late and self._came_late is not None:
            self._came_late(late)
        return [one for one in found if one not in late]

    def _forgotten(self, fresh: Mapping[str, Memory], came_ms: Mapping[str, int]) -> set[str]:
        """Return which of these are not to be remembered; `came_ms` is told by the first jobs of messages."""
        silent = self._stones.silent_until_ms({memory.user for memory in fresh.values()})
        gone = {id_ for id_, one in fresh.items() if came_ms[first_of(one)] <= silent.get(one.user, -1)}
        return gone | self._stones.buried(fresh)

    def _fresh(self, spoken: Iterable[tuple[Exchanged | None, Sequence[Exchanged]]]) -> dict[str, Memory]:
        """Return the memories of these exchanges that are not there as they are to be, by their ids."""
        made = [memory for before, said in spoken for memory in self._of_session(before, said)]
        there: dict[str, Memory] = {}
        for tenant in {memory.tenant for memory in made}:
            ids = [memory.id for memory in made if memory.tenant == tenant]
            there |= {memory.id: memory for memory in self._opened.get().get(ids, Whole(tenant))}
        whole = [carried(memory, there[memory.id]) if memory.id in there else memory for memory in made]
        return {memory.id: memory for memory in whole if there.get(memory.id) != memory}

    def _of_session(self, before: Exchanged | None, said: Sequence[Exchanged]) -> list[Memory]:
        """Return the memories of exchanges of a session, and the one before, whose surroundings are whole now."""
        earlier = list(memories_of(before)) if before else []
        turns = surrounded([*earlier, *(memory for one in said for memory in memories_of(one))])
        known = self._known(earlier[-1:]) if len(earlier) > 1 else 0
        fresh = turns[len(earlier) - known :]
        return [replace(memory, model=self._embedder.model) for memory in fresh]

    def _known(self, memories: Sequence[Memory]) -> int:
        """Return how many of these are there; what was forgotten since stays so."""
        return sum(len(self._opened.get().get([memory.id], Whole(memory.tenant))) for memory in memories)


def by_session(found: Sequence[Exchanged]) -> list[list[Exchanged]]:
    """Return the exchanges that are to be remembered, by their sessions; of several answers the last one counts."""
    sessions: dict[tuple[str, str], dict[str, Exchanged]] = {}
    for one in found:
        if one.remembered:
            sessions.setdefault((one.session, tenant_of(one)), {})[one.first] = one
    return [list(answers.values()) for answers in sessions.values()]


def tenant_of(said: Exchanged) -> str:
    """Return whose memories it becomes: what a person says to a persona alone is that person's, in every session."""
    return said.user if said.direct else said.tenant


def memories_of(said: Exchanged) -> Iterator[Memory]:
    """Yield what is remembered of an exchange: its question and its reply, but nothing that holds a secret."""
    brought_by = "" if said.direct else said.user
    question = Heard(brought_by, said.question) if said.brought else heard(said.question, direct=said.direct)
    name = question.name or NOBODY
    turns = (
        (0, Role.PERSON, said.user, name, question.text, said.asked_ms, Signs(answered=True)),
        (1, Role.PERSONA, said.persona, said.persona, said.reply, said.answered_ms, NO_SIGNS),
    )
    for turn, role, author, called, text, at_ms, signs in turns:
        scrubbed = scrub(text)
        if scrubbed.dropped or not scrubbed.text.strip():
            continue
        yield Memory(
            source=f"{said.first}:{turn}",
            tenant=tenant_of(said),
            author=author,
            text=scrubbed.text,
            at_ms=at_ms,
            name=called,
            role=role,
            persona=said.persona,
            user=said.user,
            channel=said.channel,
            session=said.session,
            direct=said.direct,
            trust=Trust.BROUGHT if said.brought else Trust.SAID,
            kind=Kind.FACT if said.fact else Kind.TURN,
            importance=importance(scrubbed.text, signs, asked_for=said.fact),
        )


def first_of(memory: Memory) -> str:
    """Return the first job of the message that a turn's memory came of."""
    return memory.source.rpartition(":")[0]


def carried(fresh: Memory, known: Memory) -> Memory:
    """Return a memory that is made again, with what it has become since it was first made."""
    return replace(
        fresh,
        importance=max(fresh.importance, known.importance),
        recalls=known.recalls,
        recalled_ms=known.recalled_ms,
        pinned=known.pinned,
        superseded_by=known.superseded_by,
        tier=known.tier,
        tags=known.tags,
        category=known.category,
    )
