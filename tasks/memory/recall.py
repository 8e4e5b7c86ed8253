"""From a question to what is remembered about it: embed, search, weigh, say each thing once, put into words.

Whose memories are searched comes from the job's own fields, which its platform filled in; never from what anybody
wrote. What the session's window holds is in the prompt anyway, and small talk is no memory of anything.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from tasks.contracts.errors import RookeryError
from tasks.contracts.messages import JobRequest
from tasks.contracts.sections import Memory as Wishes
from tasks.jobs import ingesting, moves, sessions
from tasks.jobs.store import Store, translated
from tasks.jobs.values import MS
from tasks.memory.embedding import Embedder
from tasks.memory.hearing import heard
from tasks.memory.importance import JUNK, says_nothing
from tasks.memory.indexing import asked
from tasks.memory.opening import Opened
from tasks.memory.rendering import rendered
from tasks.memory.store import Near, Question, VectorStore
from tasks.memory.values import ALWAYS, Found, Kind, Memory, Parts, Scope, Wanted
from tasks.memory.weighing import blended, each_once, raised, varied
from tasks.memory.when import when

LOOKED_AT = 50  # in each way of being near
WEIGHED_AGAINST = 3  # times as many as are wanted are compared with each other
LEAST_NEAR = 0.15  # a cosine below it says nothing, where no word is shared either
TOLD = frozenset({Kind.TURN, Kind.FACT, Kind.DIGEST})
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recalled:
    """What is remembered, as the model reads it, and which memories that was."""

    text: str = ""
    memories: tuple[Memory, ...] = ()


NOTHING = Recalled()


class Recaller:
    """Fetches memories for the jobs that wait for them."""

    def __init__(self, ledger: Store, opened: Opened, embedder: Embedder, wishes: Wishes) -> None:
        self._ledger, self._opened, self._embedder, self._wishes = ledger, opened, embedder, wishes

    def serve(self) -> int:
        """Fetch memories for every job that waits; returns for how many. A failure is told to the job, which goes on.

        Raises:
            StoreUnavailable: Redis did not answer; the jobs go on without memories when their time is up.
        """
        done = 0
        while (taken := self._ledger.run(moves.take_recall())) is not None:
            job, fence, request = taken
            self._serve(job, fence, request)
            done += 1
        return done

    def recall(self, request: JobRequest, known: Collection[str] = ()) -> Recalled:
        """Return what is remembered about a request; `known` are the first jobs of messages that the prompt holds.

        Raises:
            MemoryUnavailable: nothing can be looked for now.
        """
        text = heard(request.text, direct=request.direct).text
        if says_nothing(text):
            return NOTHING
        now_ms, store = self._now_ms(), self._opened.get()
        question, scope = asked(text, self._embedder), scope_of(request)
        found = self._found(store, question, scope, text, now_ms)
        own = {request.job, request.replaces, *known}
        wanted = fitting(found, own, {turn.text for turn in request.history or ()})
        best = each_once(blended(wanted, found.parts, now_ms))[: WEIGHED_AGAINST * self._wishes.most]
        chosen = varied(_with_vectors(best, store), self._wishes.most)
        told = rendered(chosen, now_ms, self._wishes.budget_tokens)
        return Recalled(told, tuple(one.memory for one in chosen[: len(told.splitlines())]))

    def _serve(self, job: str, fence: int, request: JobRequest) -> None:
        try:
            found = self.recall(request, self._known(request))
        except RookeryError as exc:
            logger.warning("an answer goes out without memories", extra={"job": job, "error": str(exc)})
            self._ledger.run(moves.recalled(job, fence, "", away=True))
            return
        ids = [memory.id for memory in found.memories]
        if self._ledger.run(moves.recalled(job, fence, found.text, ids)) and found.memories:
            self._note_use(job, found.memories)

    def _now_ms(self) -> int:
        with translated():
            return int(self._ledger.client.time()[0]) * MS

    def _known(self, request: JobRequest) -> set[str]:
        """Return the first jobs of the messages that the session's window holds."""
        if request.history is not None or not request.remember:
            return set()
        return {turn.job for turn in self._ledger.run(ingesting.window(request.session)) if turn.job}

    def _note_use(self, job: str, memories: tuple[Memory, ...]) -> None:
        """Let what was of use count for more; the reply is on its way already."""
        try:
            now_ms = self._now_ms()
            self._opened.get().amend([raised(memory, now_ms) for memory in memories])
        except RookeryError as exc:
            logger.warning("nobody noted what was of use", extra={"job": job, "error": str(exc)})

    def _found(self, store: VectorStore, question: Question, scope: Scope, text: str, now_ms: int) -> Near:
        """Return what is near; within the time that the question names, if anything is there."""
        between = when(text, now_ms)
        found = store.search(question, scope, Wanted(kinds=TOLD, when=between), LOOKED_AT)
        if between == ALWAYS or found.memories:
            return found
        return store.search(question, scope, Wanted(kinds=TOLD), LOOKED_AT)


def scope_of(request: JobRequest) -> Scope:
    """Return whose memories may be told in the answer to a request."""
    tenant = request.user if request.direct else request.tenant or sessions.chat_of(request.session)
    return Scope(tenant, request.persona, request.user, request.channel, request.direct)


def fitting(near: Near, known: Collection[str], said: Collection[str]) -> Mapping[str, Memory]:
    """Return what is worth telling: near, of some importance, and not in the prompt anyway."""
    return {
        id_: memory
        for id_, memory in near.memories.items()
        if id_ in near.parts
        and is_near(near.parts[id_])
        and memory.importance > JUNK
        and memory.source.rpartition(":")[0] not in known
        and memory.text not in said
    }


def is_near(parts: Parts) -> bool:
    """Return whether a memory has anything to do with a question."""
    return max(parts.meaning, parts.meaning_around) >= LEAST_NEAR or parts.words > 0 or parts.words_around > 0


def _with_vectors(found: list[Found], store: VectorStore) -> list[Found]:
    vectors = store.vectors([one.memory.id for one in found]) if found else {}
    return [replace(one, vector=vectors.get(one.memory.id, ())) for one in found]
