"""Changes what is served: in the registry, which is the truth, then in the ledger, where workers read it."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tasks.contracts.canary import BASE, Served
from tasks.contracts.errors import AdapterDamaged, JobMoved, RetryableError
from tasks.contracts.notices import Notice
from tasks.jobs import adapters, learned
from tasks.jobs.store import Store
from tasks.training.abilities import Registry
from tasks.training.canary import pointing
from tasks.training.canary.telling import notice_of
from tasks.training.registry import layout, lineage, pointer
from tasks.training.registry.cards import Liking, cards, shown, told_before
from tasks.training.registry.events import Event, Kind

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Changed:
    """What is served since somebody had it changed."""

    served: Served
    before: Served
    event: Event | None
    """None: it was so already."""
    heard: bool = True
    """Whether workers can know it by now. They hear of it within a minute of Redis being back."""


@dataclass(frozen=True)
class Why:
    """Who has something changed, and what for."""

    by: str
    words: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


class Serving:
    """Has adapters served and taken out of service, one change at a time: of two at once one is refused."""

    def __init__(
        self,
        registry: Registry,
        store: Store,
        notify: Callable[[Notice], None] = lambda _notice: None,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self._registry, self._store, self._notify = registry, store, notify
        self._now_ms = now_ms or store.now_ms

    def promote(self, persona: str, version: str, why: Why) -> Changed:
        """Have a version answer everybody.

        Raises:
            UnknownThing: there is no such version.
            AdapterDamaged: one of its files is not what it was.
            JobMoved: somebody else has changed what is served meanwhile.
        """
        before = self._registry.served(persona)
        if before.current == version and not before.canary:
            return self._as_it_was(persona, before)
        self._registry.check(persona, version)
        after = pointing.promoted(before, version, back_to_current=not lineage.begins_afresh(self._registry, persona))
        return self._change(persona, before, Kind.PROMOTED, version, after, why)

    def try_out(self, persona: str, version: str, share: float, why: Why, *, unrated: bool) -> Changed:
        """Have a version answer a share of the jobs. Raises as `promote`."""
        before = self._registry.served(persona)
        if version in (before.canary, before.current):
            return self._as_it_was(persona, before)
        self._registry.check(persona, version)
        after = pointing.tried(before, version, share, unrated=unrated)
        return self._change(persona, before, Kind.CANARY, version, after, why)

    def demote(self, persona: str, version: str, why: Why) -> Changed:
        """Have a canary answer nobody any more. Raises JobMoved."""
        before = self._registry.served(persona)
        if before.canary != version:
            return self._as_it_was(persona, before)
        return self._change(persona, before, Kind.DEMOTED, version, pointing.without_canary(before), why)

    def roll_back(self, persona: str, why: Why, to: str | None = None) -> Changed:
        """Take back the canary, else the last promotion; `to` names what is to answer instead. Saying it again is fine.

        Raises:
            UnknownThing, AdapterDamaged: what would be served then is not there, or not what it was.
            JobMoved: somebody else has changed what is served meanwhile.
        """
        before = self._registry.served(persona)
        if to is None:
            after = pointing.back(before, self._registry.last_change(persona))
        else:
            after = pointing.back_to(before, layout.named(to))
        if after is None:
            return self._as_it_was(persona, before)
        if after.current not in (before.current, BASE):
            self._registry.check(persona, after.current)
        return self._change(persona, before, Kind.ROLLED_BACK, before.canary or before.current, after, why)

    def reconcile(self) -> int:
        """Write into the ledger what it lost or never heard; returns for how many personas that was.

        That nobody can tell what is served of one persona is in no other one's way.

        Raises:
            RetryableError: Redis or the registry did not answer.
        """
        known = self._store.run(adapters.every())  # first: whoever changes something writes the registry before
        written = 0
        for persona in {*known, *self._registry.personas()}:
            try:
                served, there = pointer.write_down(self._registry.shelf, persona), known.get(persona, Served())
            except AdapterDamaged as exc:
                logger.warning("what is served is not known", extra={"persona": persona, "error": str(exc)})
                continue
            if served.serial > there.serial:
                written += self._store.run(adapters.put(persona, served))
            elif served != there:  # the registry was put back to an earlier day
                written += self._store.run(adapters.put_instead(persona, served, there.serial))
        return written

    def tell(self, persona: str) -> bool:
        """Tell workers what is served of a persona; False: Redis did not answer, and they hear of it later."""
        return self._hear(persona, self._registry.served(persona))

    def show(self, persona: str, likings: Mapping[str, Liking] | None = None) -> None:
        """Have pages show which adapters of a persona there are, and how people took to them; None: as it was known.

        Raises RetryableError.
        """
        if likings is None:
            likings = told_before(persona, self._store.run(learned.adapters()).get(persona, ()))
        self._store.run(learned.tell_adapters(persona, shown(cards(self._registry, persona), likings)))

    def _change(self, persona: str, before: Served, kind: Kind, version: str, after: Served, why: Why) -> Changed:
        event = Event(
            kind=kind,
            version=version,
            at_ms=self._at_ms(),
            by=why.by,
            words=why.words,
            figures=dict(why.figures),
            served=after,
        )
        if not self._registry.change(persona, event):
            raise JobMoved(
                f"somebody else has just changed what is served of {persona}; this was not done",
                next_step="`rookery train list` shows what is served now; then say it again",
            )
        heard = self._hear(persona, after)
        with contextlib.suppress(RetryableError):  # Redis, again: what is served has changed all the same
            self._notify(notice_of(persona, event))
            if heard:
                self.show(persona)
        return Changed(after, before, event, heard)

    def _as_it_was(self, persona: str, served: Served) -> Changed:
        return Changed(served, served, None, self._hear(persona, served) if served.serial else True)

    def _at_ms(self) -> int:
        """Return what time it is by Redis; where that is away, by this machine: a rollback waits for nobody."""
        try:
            return self._now_ms()
        except RetryableError:
            return int(time.time() * 1000)

    def _hear(self, persona: str, served: Served) -> bool:
        try:
            self._store.run(adapters.put(persona, served))
        except RetryableError:
            return False
        return True
