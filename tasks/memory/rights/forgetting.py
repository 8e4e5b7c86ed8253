"""Forgetting on purpose: out of every tier, the transcript, what Redis holds of it and what was written down to debug.

What is to go is chosen once and noted by ids; then a stone is set for each, so that nothing of it is ever remembered
again; then it goes, from where it is read to where it is read from. Whoever dies over it is followed by somebody who
does the same with the same ids.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.contracts.erasing import Erasing, Trace
from tasks.contracts.exchanged import Exchanged
from tasks.contracts.wishes import LIVES_S, Wish
from tasks.jobs import pockets, unlearning
from tasks.jobs.crashpoints import reach
from tasks.jobs.forgetting import Tombstones, drop_answers, parts, unsay_all
from tasks.jobs.granting import Wished
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.indexing import MOST_CHARS, headed, indexed
from tasks.memory.ingest import memories_of, tenant_of
from tasks.memory.opening import Opened
from tasks.memory.rights import owned
from tasks.memory.rights.debris import take_back
from tasks.memory.values import Kind, Memory, Wanted, Whole, id_of

CHOSEN, BURIED, CLEARED, DELETED, ERASED = (
    f"forget.{step}" for step in ("chosen", "buried", "cleared", "deleted", "erased")
)  # where tests have this process die
TURNS = (0, 1)


@dataclass(frozen=True)
class Chosen:
    """What is to go, by ids alone: it is kept while it is being forgotten."""

    until_ms: int
    memories: tuple[str, ...] = ()
    turns: tuple[tuple[str, int], ...] = ()
    """The first job of a message and the number of the turn."""
    everything: bool = False
    count: int = 0
    """Memories."""
    said: int = 0
    """Turns of the transcript."""
    reworked: int = 0
    """Memories that go because something that they were made of does."""


class Forgetter:
    """Carries out what people want forgotten, over one store and one transcript."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        transcript: Erasing,
    ) -> None:
        self._ledger, self._opened, self._embedder, self._transcript = ledger, opened, embedder, transcript
        self._stones = Tombstones(ledger)

    def forget(self, wished: Wished, person: str, wish: Wish, *, alone: bool) -> Chosen:
        """Forget what a person wants forgotten, and return what that was; what they say after their wish stays.

        Raises:
            MemoryUnavailable, TranscriptUnavailable, StoreUnavailable: some of it may be there still; doing it again
                does the rest.
        """
        chosen = self._chosen(wished, person, wish, alone=alone)
        reach(CHOSEN)
        if chosen.everything:
            self._stones.bury_person(person, chosen.until_ms)
        self._stones.bury(chosen.memories, chosen.until_ms)
        reach(BURIED)
        all_said = self._transcript.of_person(person)
        said = [one for one in all_said if one.came_ms <= chosen.until_ms]
        stays = _ids(one for one in all_said if one.came_ms > chosen.until_ms)
        goes = self._going(person, chosen, said, stays)
        self._clear(goes, said, chosen)
        reach(CLEARED)
        self._delete(person, {*chosen.memories, *(memory.id for memory in goes)})
        reach(DELETED)
        self._erase(person, chosen, {*chosen.memories, *(memory.id for memory in goes)})
        reach(ERASED)
        return chosen

    def came_late(self, found: Sequence[Exchanged]) -> None:
        """Erase what was written down only after its person wanted everything forgotten."""
        for person, until_ms in self._stones.silent_until_ms({one.user for one in found}).items():
            late = [one for one in found if one.user == person and one.came_ms <= until_ms]
            if late:
                self._unsay(self._transcript.traces({one.first for one in late}))
                self._note(self._transcript.corrected(person, until_ms))
                self._transcript.erase_person(person, until_ms)

    def _chosen(self, wished: Wished, person: str, wish: Wish, *, alone: bool) -> Chosen:
        note = f"forgetting:{wished.job}"
        if noted := self._ledger.run(pockets.get(note)):
            told = json.loads(noted)
            turns = tuple((first, turn) for first, turn in told.pop("turns"))
            return Chosen(memories=tuple(told.pop("memories")), turns=turns, **told)
        chosen = self._choose(person, wish, wished.received_ms, alone=alone)
        self._ledger.run(pockets.put(note, json.dumps(chosen.__dict__), LIVES_S["forget"]))
        return chosen

    def _choose(self, person: str, wish: Wish, until_ms: int, *, alone: bool) -> Chosen:
        store = self._opened.get()
        all_said = self._transcript.of_person(person)
        said = [one for one in all_said if one.came_ms <= until_ms]
        if not (wish.about or wish.ids):
            stays = _ids(one for one in all_said if one.came_ms > until_ms)
            count = sum(one.at_ms <= until_ms and one.id not in stays for one in owned.of(person, store))
            return Chosen(until_ms, everything=True, count=count, said=sum(map(_turns_with_words, said)))
        if wish.ids:
            wanted = set(wish.ids)
            found = [memory for memory in owned.of(person, store) if memory.id in wanted]
            hit = {id_ for memory in found for id_ in (memory.id, *memory.sources)}
            turns = [place for place, id_, _ in _places(said) if id_ in hit]
        else:
            holds = owned.about(wish.about)
            found = [memory for memory in owned.of(person, store, alone=alone) if holds(memory.text)]
            seen = [one for one in said if alone or not one.direct]
            turns = [place for place, _, text in _places(seen) if holds(text)]
        ids = {memory.id for memory in found}
        ids |= {id_ for place, id_, _ in _places(said) if place in set(turns)}
        made = [memory.id for memory in owned.citing(ids, store, person) if memory.id not in ids]
        all_ids = tuple(sorted({*ids, *made}))
        return Chosen(until_ms, all_ids, tuple(turns), False, len(found), len(turns), len(made))

    def _going(self, person: str, chosen: Chosen, said: Sequence[Exchanged], stays: set[str]) -> list[Memory]:
        """Return the memories that are there and are to go: with a question its answer, whenever that came.

        What came later stays, also where it is about something earlier: notes that were brought in.
        """
        ids = _ids(said) if chosen.everything else set(chosen.memories)
        until_ms = chosen.until_ms if chosen.everything else -1
        mine = owned.of(person, self._opened.get())
        return [one for one in mine if one.id in ids or (one.at_ms <= until_ms and one.id not in stays)]

    def _clear(self, goes: Sequence[Memory], said: Sequence[Exchanged], chosen: Chosen) -> None:
        """Take what goes out of what is kept: what was said beside it, and what was summed up together with it."""
        store = self._opened.get()
        gone = {memory.id for memory in goes}
        for tenant, channel in {(memory.tenant, memory.channel) for memory in goes}:
            of_there = (one for one in goes if (one.tenant, one.channel) == (tenant, channel))
            lines = by_beginning(headed(one)[:MOST_CHARS] for one in of_there)
            there = Wanted(
                kinds=frozenset({Kind.TURN}), channels=frozenset({channel} if channel else ()), superseded=True
            )
            beside = (one for one in owned.every(store, Whole(tenant), there) if one.id not in gone and one.around)
            cleared = [replace(one, around=now) for one in beside if (now := without(one.around, lines)) != one.around]
            for part in _some(cleared):
                store.put(indexed(part, self._embedder))
        if not chosen.everything:
            again = self._told_anew(goes, said, gone | set(chosen.memories))
            for part in _some(again):
                store.put(indexed(part, self._embedder))

    def _told_anew(self, goes: Sequence[Memory], said: Sequence[Exchanged], gone: set[str]) -> list[Memory]:
        """Return the turns, word by word, that only memories which go still told of; a night makes new ones of them."""
        wanted = {id_ for memory in goes if memory.kind is Kind.DIGEST for id_ in memory.sources} - gone
        turns = [memory for one in said if one.remembered for memory in memories_of(one) if memory.id in wanted]
        there: set[str] = set()
        for tenant in {memory.tenant for memory in turns}:
            ids = [memory.id for memory in turns if memory.tenant == tenant]
            there |= {memory.id for memory in self._opened.get().get(ids, Whole(tenant))}
        return [memory for memory in turns if memory.id not in there]

    def _delete(self, person: str, ids: Iterable[str]) -> None:
        store, whose = self._opened.get(), Wanted(users=frozenset({person}), superseded=True)
        for part in parts(ids):
            store.delete(Whole(), whose, part)

    def _erase(self, person: str, chosen: Chosen, ids: set[str]) -> None:
        if chosen.everything:
            said = self._transcript.of_person(person)
            firsts = {one.first for one in said if one.came_ms <= chosen.until_ms}
        else:
            firsts = {first for first, _ in chosen.turns}
        traces = self._transcript.traces(firsts)
        self._unsay(traces)
        take_back(self._ledger, person, ids, {trace.session for trace in traces})
        if chosen.everything:
            self._note(self._transcript.corrected(person, chosen.until_ms))
            self._transcript.erase_person(person, chosen.until_ms)
        elif chosen.turns:
            self._transcript.erase(chosen.turns)

    def _unsay(self, traces: Sequence[Trace]) -> None:
        self._note({job for trace in traces for job in (trace.job, trace.first)})
        unsay_all(self._ledger, traces)
        self._ledger.run(drop_answers())

    def _note(self, jobs: Collection[str]) -> None:
        """Have it unlearned. Before the words go: who dies after that has noted it, and who dies before does both."""
        for move in unlearning.forgot(jobs):
            self._ledger.run(move)


def by_beginning(lines: Iterable[str]) -> dict[str, list[str]]:
    """Return what was said by the line that it begins with: it may have several."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.partition("\n")[0], []).append(line)
    return found


def without(around: str, gone: Mapping[str, Sequence[str]]) -> str:
    r"""Return what was said around something without what is gone, which is told by how it begins.

    >>> without("[1 May 2026] Ann: a\n[1 May 2026] Bob: b", by_beginning(["[1 May 2026] Ann: a"]))
    '[1 May 2026] Bob: b'
    """
    for beginning in around.split("\n"):
        for line in gone.get(beginning, ()):
            around = around.replace(line, "")
    return "\n".join(line for line in around.split("\n") if line)


def _places(said: Iterable[Exchanged]) -> list[tuple[tuple[str, int], str, str]]:
    """Return each turn with words: its place in the transcript, the id of its memory, and what it says."""
    return [
        ((one.first, turn), id_of(tenant_of(one), f"{one.first}:{turn}"), text)
        for one in said
        for turn, text in zip(TURNS, (one.question, one.reply), strict=True)
        if text
    ]


def _ids(said: Iterable[Exchanged]) -> set[str]:
    return {id_ for _, id_, _ in _places(said)}


def _turns_with_words(said: Exchanged) -> int:
    return bool(said.question) + bool(said.reply)


def _some(memories: Sequence[Memory], size: int = 64) -> Iterable[Sequence[Memory]]:
    return (memories[at : at + size] for at in range(0, len(memories), size))
