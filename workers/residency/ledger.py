"""What the keeper asks of the ledger, and the ledger on Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from tasks.contracts.errors import RookeryError
from tasks.jobs import fleet_moves
from tasks.jobs.demand import Demand, Holder
from tasks.jobs.fleet_values import Took
from tasks.jobs.store import Store
from tasks.jobs.values import Fenced, HostCard, Word
from workers.residency.view import Mode


@dataclass(frozen=True, slots=True)
class Sight:
    """What the ledger tells a host that looks around."""

    candidates: tuple[Demand, ...] = ()
    """Models that people wait for, that this host may hold and does not."""
    demands: Mapping[str, Demand] = field(default_factory=dict)
    """Of its residents, by slug."""
    busy: Mapping[str, int] = field(default_factory=dict)
    """Answers in hand here, by slug."""
    unused_s: Mapping[str, float] = field(default_factory=dict)
    """Since the last answer here, by slug; those are missing that gave none yet."""
    copies: Mapping[str, int] = field(default_factory=dict)
    """How many hosts hold each of its residents, this one included."""
    word: Word = Word.RUN
    """What the operator wants of it."""
    version: str = ""
    """Of the fleet file that its owner published."""
    claimed_gib: float = 0.0
    """Of its memory, that training needs for a while."""


@dataclass(frozen=True, slots=True)
class LoadEnd:
    """How a load ended."""

    slug: str
    ok: bool
    load_s: float = 0.0
    size_gib: float = 0.0
    slots: int = 1
    why: str = ""
    whole_s: float = 0.0
    """From its claim until it was served."""


class Ledger(Protocol):
    """The moves of one host. Each raises RookeryError where Redis does not answer."""

    def look(self, residents: Sequence[str]) -> Sight | None:
        """Look around; None where the host's name has been taken over."""
        ...

    def claim(
        self, slug: str, evict: Sequence[str], mode: Mode, holders: Sequence[Holder], *, ttl_ms: int, slots: int
    ) -> Took:
        """Claim a load. `holders` is who held the model when it was decided."""
        ...

    def done(self, end: LoadEnd) -> bool:
        """Say how a claimed load ended; False where this host does not count as up."""
        ...

    def reserve(self, slug: str, ttl_ms: int) -> bool:
        """Keep the next load of this host for a starving model; False where another host does."""
        ...

    def unhold(self, slug: str, why: str) -> None:
        """Say that a model goes, so that nobody counts on it here."""
        ...

    def hold(self, end: LoadEnd) -> bool:
        """Say that a model is here, whatever was said of it before; False where this host does not count as up."""
        ...


class StoreLedger:
    """The ledger as one agent uses it."""

    def __init__(self, store: Store, card: HostCard) -> None:
        self._store, self._card = store, card
        self._name, self._fence = card.name, card.fence
        self._unsure: list[str] = []

    def look(self, residents: Sequence[str]) -> Sight | None:
        """Look around; None where the host's name has been taken over."""
        while self._unsure:
            if not self._store.run(fleet_moves.take_back(self._name, self._fence, self._unsure[0])):
                return None  # the next beat has the host count as up again
            self._unsure.pop(0)
        seen = self._store.run(fleet_moves.look(self._card, residents))
        if isinstance(seen, Fenced):
            return None
        return Sight(
            candidates=seen.candidates,
            demands={each.slug: each.demand for each in seen.residents if each.demand.count},
            busy={each.slug: each.busy for each in seen.residents},
            unused_s={each.slug: each.unused_s for each in seen.residents if each.unused_s is not None},
            copies={each.slug: each.copies for each in seen.residents},
            word=seen.word,
            version=seen.version,
            claimed_gib=seen.claimed_gib,
        )

    def claim(
        self, slug: str, evict: Sequence[str], mode: Mode, holders: Sequence[Holder], *, ttl_ms: int, slots: int
    ) -> Took:
        """Claim a load. `holders` is who held the model when it was decided."""
        ready = [holder.host for holder in holders if holder.ready]
        move = fleet_moves.claim_load(
            self._name,
            self._fence,
            slug,
            evict=evict,
            mode=mode.value,
            expected_holders=ready,
            ttl_ms=ttl_ms,
            slots=slots,
        )
        with self._unsure_of(slug):
            return self._store.run(move)

    def done(self, end: LoadEnd) -> bool:
        """Say how a claimed load ended; False where this host does not count as up."""
        move = fleet_moves.load_done(
            self._name,
            self._fence,
            end.slug,
            ok=end.ok,
            load_s=end.load_s,
            whole_s=end.whole_s,
            size_gib=end.size_gib,
            slots=end.slots,
            why=end.why,
        )
        return self._store.run(move)

    def reserve(self, slug: str, ttl_ms: int) -> bool:
        """Keep the next load of this host for a starving model; False where another host does."""
        return self._store.run(fleet_moves.reserve(self._name, self._fence, slug, ttl_ms))

    def unhold(self, slug: str, why: str) -> None:
        """Say that a model goes, so that nobody counts on it here."""
        with self._unsure_of(slug):
            self._store.run(fleet_moves.unhold(self._name, self._fence, [slug], why))

    def hold(self, end: LoadEnd) -> bool:
        """Say that a model is here, whatever was said of it before; False where this host does not count as up."""
        held = {end.slug: end.slots}
        move = fleet_moves.hold(self._name, self._fence, held, load_s=end.load_s, size_gib=end.size_gib)
        return self._store.run(move)

    @contextmanager
    def _unsure_of(self, slug: str) -> Iterator[None]:
        """Remember what Redis may have done without our knowing: the next look takes it back.

        A claim that nobody follows up would be renewed by each beat, and no host would load the model.
        """
        try:
            yield
        except RookeryError:
            self._unsure.append(slug)
            raise
