"""From a question to what is remembered about it: embed, search, weigh, say each thing once, put into words.

Whose memories are searched comes from the job's own fields, which its platform filled in; never from what anybody
wrote. What the session's window holds is in the prompt anyway, and small talk is no memory of anything.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

from tasks.contracts.condensed import of
from tasks.contracts.errors import RookeryError
from tasks.contracts.hearing import heard
from tasks.contracts.messages import JobRequest
from tasks.contracts.sections import Memory as Wishes
from tasks.jobs import condensing, ingesting, moves, sessions
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.finding import find, tells
from tasks.memory.importance import says_nothing
from tasks.memory.opening import Opened
from tasks.memory.rendering import rendered
from tasks.memory.tiers.telling import telling
from tasks.memory.values import Kind, Memory, Parts, Scope, Wanted, id_of
from tasks.memory.weighing import raised

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
        now_ms, store, scope = self._ledger.now_ms(), self._opened.get(), scope_of(request)
        jobs = {request.job, request.replaces, *known}
        own = {id_of(scope.tenant, f"{job}:{turn}") for job in jobs for turn in (0, 1)}
        said = {turn.text for turn in request.history or ()}

        def answers(memory: Memory, parts: Parts) -> bool:
            of = memory.sources if memory.kind is Kind.DIGEST and memory.sources else (memory.id,)
            in_the_prompt = own.issuperset(of) or memory.text in said
            return not in_the_prompt and tells(memory, parts)

        chosen = find(
            text,
            scope,
            store,
            self._embedder,
            now_ms,
            limit=self._wishes.most,
            wanted=Wanted(kinds=TOLD),
            telling=answers,
        )
        shown = [replace(one, memory=telling(one.memory, text)) for one in chosen]
        told = rendered(shown, now_ms, self._wishes.budget_tokens)
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

    def _known(self, request: JobRequest) -> set[str]:
        """Return the first jobs of the messages that stand in the prompt as they were said."""
        if request.history is not None or not request.remember or request.context == "none":
            return set()
        window = {turn.job for turn in self._ledger.run(ingesting.window(request.session)) if turn.job}
        if request.context != "summary":
            return window
        return window - set(of(self._ledger.run(condensing.read(request.session))).covered)

    def _note_use(self, job: str, memories: tuple[Memory, ...]) -> None:
        """Let what was of use count for more; the reply is on its way already."""
        try:
            now_ms = self._ledger.now_ms()
            self._opened.get().amend([raised(memory, now_ms) for memory in memories])
        except RookeryError as exc:
            logger.warning("nobody noted what was of use", extra={"job": job, "error": str(exc)})


def scope_of(request: JobRequest) -> Scope:
    """Return whose memories may be told in the answer to a request."""
    person = request.person or request.user
    tenant = person if request.direct else request.tenant or sessions.chat_of(request.session)
    return Scope(tenant, request.persona, person, request.channel, request.direct)
