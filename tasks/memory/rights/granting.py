"""What people want of their memories, carried out one wish after the other: kept, shown, forgotten, handed over.

Whose memories they are is in the job, which their platform filled in; no wish says so itself.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from tasks.contracts.erasing import Erasing
from tasks.contracts.errors import RookeryError
from tasks.contracts.exchanged import Exchanged
from tasks.contracts.messages import JobRequest
from tasks.contracts.scrubbing import scrub
from tasks.contracts.wishes import Granted, Wish, wish_of
from tasks.jobs import adapters, granting
from tasks.jobs.granting import Wished
from tasks.jobs.store import Store
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.indexing import indexed
from tasks.memory.ingest import NOBODY
from tasks.memory.opening import Opened
from tasks.memory.recall import scope_of
from tasks.memory.rights import owned, telling, unwritten
from tasks.memory.rights.forgetting import Forgetter
from tasks.memory.rights.scouring import Scourer
from tasks.memory.rights.unwritten import Unwritten, Waits
from tasks.memory.values import Kind, Memory, Tier

AGAIN_MS = 5_000  # until what cannot be done now is tried once more
logger = logging.getLogger(__name__)


class Granter:
    """Sees to wishes, one thread at a time."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        transcript: Erasing,
        prompts: Path,
        *,
        alone: threading.Lock | None = None,
    ) -> None:
        """`alone` is held while something is forgotten, by whoever else changes memories meanwhile otherwise."""
        self._ledger, self._opened, self._embedder = ledger, opened, embedder
        self._alone = alone or threading.Lock()
        self._forgetter = Forgetter(ledger, opened, embedder, transcript)
        self._scourer = Scourer(ledger, opened, transcript, prompts)
        self._unwritten = Unwritten(ledger)
        self._busy, self._more, self._untold = threading.Lock(), threading.Event(), False

    def serve(self) -> int:
        """See to all that is wanted; returns how many wishes that were. One that cannot be granted now waits.

        Raises:
            StoreUnavailable: Redis did not answer; the sweeper has the wish taken again.
        """
        done = 0
        self._more.set()
        while self._more.is_set() and self._busy.acquire(blocking=False):
            try:
                self._more.clear()  # whoever finds this thread at work says so, and it looks once more
                while (wished := self._ledger.run(granting.take())) is not None:
                    self._see_to(wished)
                    done += 1
            finally:
                self._busy.release()
        return done

    def owes(self) -> bool:
        """Return whether something has to leave the disks of which this was not said before."""
        untold, self._untold = self._untold, False
        return untold

    def scour(self) -> None:
        """Leave nothing on any disk of what was forgotten: see `Scourer.scour`."""
        self._scourer.scour()

    def came_late(self, found: Sequence[Exchanged]) -> None:
        """Erase what was written down only after its person wanted everything forgotten, and owe it to the disks."""
        self._scourer.owe()
        self._forgetter.came_late(found)
        self._scourer.owe()

    def _see_to(self, wished: Wished) -> None:
        job, fence, request, _ = wished
        try:
            wish = wish_of(request)
        except ValueError:
            reply, bare = telling.NOT_UNDERSTOOD, "{}"
        else:
            try:
                waits = self._unwritten.waits(wished, wish, request.person or request.user)
                if waits is Waits.YES:
                    self._ledger.run(granting.put_off(job, fence, unwritten.WHY, unwritten.AGAIN_MS))
                    return
                granted = self._grant(wished, wish)
            except RookeryError as exc:
                logger.warning("a wish waits", extra={"job": job, "error": str(exc)})
                self._ledger.run(granting.put_off(job, fence, f"{type(exc).__name__}: {exc}", AGAIN_MS))
                return
            if waits is Waits.IN_VAIN:
                granted = telling.too_early(granted)
            reply = granted.model_dump_json() if wish.as_json else granted.words
            bare = Wish(kind=wish.kind, as_json=wish.as_json).model_dump_json()
        self._ledger.run(granting.granted(job, fence, reply, request.model_copy(update={"text": bare})))

    def _grant(self, wished: Wished, wish: Wish) -> Granted:
        request, person = wished.request, wished.request.person or wished.request.user
        alone = request.direct or wish.alone
        if wish.kind == "forget":
            return self._forget(wished, wish, person, alone=alone)
        if wish.kind == "remember":
            return self._remember(request, wish, person, wished.received_ms)
        store = self._opened.get()
        if wish.kind == "export":
            found = sorted(owned.of(person, store, alone=alone), key=lambda one: (one.at_ms, one.id))
            return telling.exported(list(map(owned.kept, found)))
        holds = owned.about(wish.about) if wish.about else lambda _: True
        mine = (one for one in owned.of(person, store, alone=alone) if holds(one.text))
        try:
            page, after = owned.newest(mine, wish.limit, wish.after)
        except ValueError:
            return telling.no_such_page()
        return telling.listed(list(map(owned.kept, page)), after, wish)

    def _remember(self, request: JobRequest, wish: Wish, person: str, at_ms: int) -> Granted:
        scrubbed = scrub(wish.about.strip())
        if scrubbed.dropped or not scrubbed.text:
            return telling.not_kept(secret=scrubbed.dropped)
        scope = scope_of(request)
        digest = hashlib.sha256(f"{person}\x1f{request.persona}\x1f{scrubbed.text}".encode()).hexdigest()[:32]
        memory = Memory(
            source=f"fact:{digest}",
            tenant=scope.tenant,
            author=person,
            text=scrubbed.text,
            at_ms=at_ms,
            name=NOBODY,
            persona=request.persona,
            user=person,
            channel=request.channel,
            session="",
            direct=request.direct,
            tier=Tier.LONG,
            kind=Kind.FACT,
            importance=1.0,
            pinned=True,
        )
        self._opened.get().put(indexed([memory], self._embedder))
        return telling.remembered(owned.kept(memory), masked=scrubbed.text != wish.about.strip())

    def _forget(self, wished: Wished, wish: Wish, person: str, *, alone: bool) -> Granted:
        self._scourer.owe()
        with self._alone:
            gone = self._forgetter.forget(wished, person, wish, alone=alone)
        self._scourer.owe()  # whoever scoured meanwhile was too early
        self._untold = True
        return telling.forgotten(gone, learned=bool(self._ledger.run(adapters.every())))
