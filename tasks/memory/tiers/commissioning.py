"""Turns that a model is to sum up: asked for as batch jobs in the night, put in place when they come back.

The turns stay until then. What is lost on the way is asked for again the next night, and after three of them people's
own words have to do.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from tasks.contracts.errors import UnknownJob
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.jobs import moves
from tasks.jobs.forgetting import Tombstones
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store
from tasks.jobs.values import Ways
from tasks.memory.indexing import indexed
from tasks.memory.tiers import writing
from tasks.memory.tiers.asking import noted, request_of, writer_of
from tasks.memory.tiers.channels import summary_of
from tasks.memory.tiers.digests import EXTRACT, SUMMARY, digests, trust_of
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.grouping import day_of
from tasks.memory.tiers.lines import written
from tasks.memory.tiers.writing import Shelf
from tasks.memory.values import Memory, Whole

PATIENCE_DAYS = 5  # after what was said: its own day, the one that stays hot, and three nights of a model that is away
MOST_A_NIGHT = 500  # jobs: what they are told is in Redis until they are done
logger = logging.getLogger(__name__)


class Commissions:
    """Has models sum turns up."""

    def __init__(self, ledger: Store, fleet: Callable[[], Fleet]) -> None:
        self._ledger, self._fleet = ledger, fleet
        self._asked: Counter[int] = Counter()

    def ask(self, turns: Sequence[Memory], *, now_ms: int) -> bool:
        """Have the model of the turns' persona sum them up; False: nobody will, so that it is to be done without.

        Raises:
            StoreUnavailable, StoreFull: it is asked another time.
        """
        fleet, night = self._fleet(), day_of(now_ms)
        persona = writer_of(turns[0].persona, fleet)
        if persona is None or night - day_of(turns[0].at_ms) >= PATIENCE_DAYS:
            return False
        if self._asked[night] >= MOST_A_NIGHT:
            return True  # the next night it is their turn
        ways = Ways.of(fleet.jobs, archive=fleet.transcript.enabled)
        Gateway(self._ledger, ways).submit(request_of(turns, persona, fleet, night))
        self._asked = Counter({night: self._asked[night] + 1})
        return True

    def carried_out(self, shelf: Shelf, job: str, ids: Sequence[str]) -> None:
        """Put a summary in the place of its turns, or their own words where it may not stand; once.

        Where the job came to nothing, or some turns are gone, nothing changes: the next night sees what is left.

        Raises:
            MemoryUnavailable, StoreUnavailable: the continuation is rung again.
        """
        view = self._view(job)
        if view is not None and view.outcome is Outcome.REPLY:
            by_id = {turn.id: turn for turn in shelf.store.get(ids, Whole())}
            turns = [by_id[id_] for id_ in ids if id_ in by_id]
            if turns and len(turns) == len(ids):
                self._put(shelf, turns, view)
        self._ledger.run(moves.deliver(job, None, JobState.DELIVERED))

    def kept(self, shelf: Shelf, job: str, channel: str, messages: Sequence[str]) -> None:
        """Keep the summary of a channel; the demo model's own words are none, so what was said stands in for them.

        Raises:
            MemoryUnavailable, StoreUnavailable: the continuation is rung again.
        """
        view = self._view(job)
        if view is not None and view.outcome is Outcome.REPLY:
            made = summary_of(job, channel, view.persona, view.text, view.received_ms, messages)
            if self._is_demo(view.model):
                made = self._extract(shelf, made)
            if made is not None and not Tombstones(self._ledger).buried(made.sources):  # nobody wanted it forgotten
                shelf.store.put(indexed([made], shelf.embedder))
        self._ledger.run(moves.deliver(job, None, JobState.DELIVERED))

    def _extract(self, shelf: Shelf, made: Memory | None) -> Memory | None:
        said = shelf.store.get(made.sources, Whole(made.tenant)) if made else []
        if made is None or not said:
            return None
        said.sort(key=lambda turn: (turn.at_ms, turn.source))
        return replace(made, text=written(extracted(said)), trust=trust_of(said, EXTRACT), tags=(EXTRACT,))

    def _is_demo(self, name: str) -> bool:
        return any(model.builtin for model in self._fleet().models if model.name == name)

    def _put(self, shelf: Shelf, turns: Sequence[Memory], view: JobView) -> None:
        lines, how = noted(view.text, turns), SUMMARY
        if not lines:
            logger.warning("a summary was refused: it lost too much", extra={"job": view.job, "model": view.model})
            lines, how = extracted(turns), EXTRACT
        writing.replace_with(shelf, turns, digests(turns, lines, how))

    def _view(self, job: str) -> JobView | None:
        try:
            return self._ledger.run(moves.read_job(job))
        except UnknownJob:
            return None
