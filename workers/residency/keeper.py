"""Decides, again and again, what its host should hold, and has it brought about.

One turn: look into the ledger, see the host as the policy does, decide, wait as long as the bid asks, claim, load. The
cheapest host so claims first, and whatever has changed by then makes the claim come to nothing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from tasks.jobs.demand import Holder
from tasks.jobs.fleet_values import Took
from tasks.jobs.values import Word
from workers.residency.catalogue import Catalogue
from workers.residency.idle import overdue, surplus
from workers.residency.ledger import Ledger, LoadEnd, Sight
from workers.residency.loading import Loading, Stage
from workers.residency.mover import Mover
from workers.residency.presence import Presence
from workers.residency.view import Candidate, Decision, HostView, Load, Reserve, Resident

LOOK_EVERY_S, LOOK_JITTER = 0.5, 0.3
#: However often it is woken.
LEAST_LOOK_S = 0.05
BID_STEP_S, BID_MOST_S, BID_JITTER_S = 0.03, 0.25, 0.02
#: A claim that is not renewed lapses after this many usual load times, and some.
CLAIM_LOADS, CLAIM_MORE_S = 2.0, 10.0
FREE_DIGITS = 6  # of sums of fractions
MS = 1000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """A decision that waits for its turn among the hosts."""

    decision: Load | Reserve
    holders: tuple[Holder, ...]
    due_s: float


@dataclass(frozen=True, slots=True)
class Habits:
    """How a host was told to keep its models."""

    max_models: int | None = None
    keep_s: float | None = None
    """How long an unused model stays; None: those that are `wanted` until their room is needed, others as `guest_s`."""
    wanted: frozenset[str] = frozenset()
    """What the host was told to have from its start on, by slug."""
    guest_s: Callable[[], float] = lambda: math.inf
    """How long a model stays that came because somebody asked for it, and that nobody uses any more."""
    soon: Callable[[], frozenset[str]] = frozenset
    """What is likely needed soon, and so stays however long nobody used it."""
    reserve_s: float = 120.0
    """How long a load is kept for a starving model at most."""


class Keeper:
    """Keeps the models of one host. Call `step` often: it never waits."""

    def __init__(
        self,
        host: str,
        catalogue: Catalogue,
        mover: Mover,
        presence: Presence,
        ledger: Ledger,
        decide: Callable[[HostView], Decision],
        *,
        habits: Habits,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._host, self._catalogue, self._mover, self._presence = host, catalogue, mover, presence
        self._ledger, self._decide, self._habits = ledger, decide, habits
        self._clock, self._chance = clock, chance
        self._owed: list[LoadEnd] = []
        self._arrived: list[LoadEnd] = []
        self._intent: Intent | None = None
        self._look_at_s, self._looked_s = clock.monotonic_s(), -math.inf
        self.word, self._told = Word.RUN, False
        self.reserved, self._reserved_until_s = "", 0.0
        self._blind = False

    def ended(self, load: Loading) -> None:
        """Take in the end of a load."""
        ok, held = load.stage is Stage.DONE, self._mover.holding.by_slug.get(load.slug)
        slots, size_gib = (held.station.slots, held.size.gib) if held else (1, 0.0)
        why = load.failure.reason if load.failure else ""
        took_s, whole_s = load.load_s or 0.0, load.entered_s - load.began_s
        end = LoadEnd(load.slug, ok, 0.0 if load.found else took_s, size_gib, slots, why, whole_s)
        if load.claimed:
            self._owed.append(end)
        elif ok:
            self._arrived.append(end)
        self.wake()

    def wake(self) -> None:
        """Have the next step look around."""
        self._look_at_s = min(self._look_at_s, max(self._clock.monotonic_s(), self._looked_s + LEAST_LOOK_S))

    @property
    def rests_s(self) -> float:
        """For how long there is nothing to do but to see how things go."""
        return math.inf if self._intent is None else max(0.0, self._intent.due_s - self._clock.monotonic_s())

    @property
    def settled(self) -> bool:
        """Whether the host has what it wanted at its start, will not have it soon, or was told to want nothing."""
        return self.word is not Word.RUN or self._presence.settled

    def step(self) -> None:
        """Go on with what was begun, and look around where it is time."""
        self._presence.heed(running=self.word is Word.RUN)
        self._mover.step()
        try:
            self._report()
            self._turn()
        except RookeryError as exc:
            if not self._blind:
                logger.warning("cannot look around", extra={"error": str(exc)})
            self._blind, self._intent = True, None
            self._look_at_s = self._clock.monotonic_s() + LOOK_EVERY_S
        else:
            self._blind = False
        # A host that starts may have been told to pause; and the room for what was decided is not free any more.
        if self._told and self.word is Word.RUN and self._intent is None:
            self._presence.preload()

    def _report(self) -> None:
        """Tell the ledger what has ended since; what it could not be told is told the next time.

        One that does not count this host as up takes nothing in, until a beat has said that it is.
        """
        while self._owed:
            if not self._ledger.done(self._owed[0]):
                return
            self._owed.pop(0)
        while self._arrived:
            is_here = self._arrived[0].slug in self._mover.holding.by_slug
            if is_here and not self._ledger.hold(self._arrived[0]):
                return
            self._arrived.pop(0)

    def _turn(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._intent is not None:
            if now_s >= self._intent.due_s:
                intent, self._intent = self._intent, None
                self._act(intent)
        elif now_s >= self._look_at_s:
            self._looked_s = now_s
            self._look_at_s = now_s + LOOK_EVERY_S * (1 + LOOK_JITTER * (2 * self._chance() - 1))
            self._look(now_s)

    def _look(self, now_s: float) -> None:
        held = self._mover.holding.by_slug
        sight = self._ledger.look(tuple(held))
        if sight is None:  # the next beat sees to it
            return
        for each in held.values():
            each.note(sight, now_s)
        self._mover.holding.claimed_gib = sight.claimed_gib
        self._obey(sight.word)
        view = self.view(sight)
        if self.word is not Word.RUN or not self._presence.can_load:
            return
        self._spare(view)
        decision = self._decide(view)
        if decision is not None and not (isinstance(decision, Reserve) and math.isinf(decision.eligible_in_s)):
            holders = next((each.holders for each in sight.candidates if each.slug == decision.slug), ())
            self._intent = Intent(decision, holders, now_s + wait_s(decision, self._chance()))

    def view(self, sight: Sight) -> HostView:
        """Return the host as the policy sees it."""
        now_s, holding = self._clock.monotonic_s(), self._mover.holding
        residents = holding.residents(now_s)
        wanted = {each.slug for each in sight.candidates}
        if self.reserved not in wanted or now_s >= self._reserved_until_s:
            self.reserved = ""
        return HostView(
            host=self._host,
            memory_gib=holding.total_gib,
            free_gib=round(holding.budget.free_gib, FREE_DIGITS),
            residents=residents,
            candidates=tuple(self._candidates(sight, residents, now_s)),
            loading=bool(self._mover.loads) or any(holding.leaving()) or self._presence.busy,
            reserved=self.reserved,
            max_models=self._habits.max_models,
        )

    def _candidates(self, sight: Sight, residents: Sequence[Resident], now_s: float) -> list[Candidate]:
        here = {resident.slug for resident in residents}
        found = []
        for demand in sight.candidates:
            slug = demand.slug
            if slug in here or slug not in self._catalogue or self._mover.setbacks.waits(slug, now_s):
                continue
            size_gib = self._catalogue.size(slug).gib
            if size_gib <= self._mover.holding.total_gib:
                found.append(Candidate(demand, size_gib, self._catalogue.load_s(slug)))
        return found

    def _spare(self, view: HostView) -> None:
        """Let go what nobody needs, and what is too much."""
        if view.loading:
            return
        gone = [(slug, "there is less memory than it takes") for slug in surplus(view)]
        gone += [(slug, "nobody used it") for slug in self._unused(view)]
        for slug, why in dict(gone).items():
            self._ledger.unhold(slug, why)
            self._mover.let_go(slug, why)

    def _unused(self, view: HostView) -> Sequence[str]:
        habits, held = self._habits, self._mover.holding.by_slug
        late = overdue(view, habits.guest_s() if habits.keep_s is None else habits.keep_s)
        if habits.keep_s is None:  # what was there before anybody asked for it is its owner's
            late = tuple(slug for slug in late if slug not in habits.wanted and not held[slug].found)
        soon = habits.soon() if late else frozenset()
        return tuple(slug for slug in late if slug not in soon)

    def _act(self, intent: Intent) -> None:
        decision = intent.decision
        if isinstance(decision, Reserve):
            if self._ledger.reserve(decision.slug, int(self._habits.reserve_s * MS)):
                self.reserved = decision.slug
                self._reserved_until_s = self._clock.monotonic_s() + self._habits.reserve_s
            return
        ttl_s = CLAIM_LOADS * self._catalogue.load_s(decision.slug) + CLAIM_MORE_S
        slots = self._catalogue.slots(decision.slug)
        took = self._ledger.claim(
            decision.slug, decision.evict, decision.mode, intent.holders, ttl_ms=int(ttl_s * MS), slots=slots
        )
        if took is not Took.OURS:
            return
        self.reserved = ""
        if decision.slug in self._mover.holding.by_slug:  # the engine has had it meanwhile
            self._owed.append(LoadEnd(decision.slug, ok=True, slots=slots))
            return
        self._mover.load(decision.slug, decision.evict, why=decision.why)

    def _obey(self, word: Word) -> None:
        """Do as the operator says: a host that pauses keeps its models in memory, one that drains gives them back."""
        if not self._told:
            self._told = True
            self.wake()
        if word is not self.word:
            self._intent = None
            if self.word is Word.DRAIN:
                self._presence.again()
        self.word = word
        for held in tuple(self._mover.holding.ready()):
            if word is Word.DRAIN:
                self._mover.let_go(held.slug, "the host is drained")
            elif word is Word.PAUSE and not held.resting:
                self._mover.rest(held.slug)
            elif word is Word.RUN and held.resting:
                self._mover.resume(held.slug)


def wait_s(decision: Load | Reserve, chance: float) -> float:
    """Return how long a host holds a claim back: the dearer the load, the longer, so the cheapest host is first."""
    bid = decision.bid if isinstance(decision, Load) else decision.eligible_in_s
    return min(BID_MOST_S, BID_STEP_S * math.log2(1 + max(0.0, bid))) + BID_JITTER_S * chance
